import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import TextField from '@mui/material/TextField'
import { type SubmitEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate, useParams } from 'react-router-dom'
import { Page } from '@/components/Page'
import { Failure, Shown } from '@/components/States'
import { useToast } from '@/components/toast'
import { useSaveTemplate, useTemplates } from '@/lib/api/templates'
import { ApiError } from '@/lib/http'
import type { TemplateDraft } from '@/lib/types'
import { ExampleFields } from './ExampleFields'
import { VariableFields } from './VariableFields'
import { EMPTY, toDraft, withVariables } from './draft'

const NEW = 'new'
const MISSING = new ApiError(404, { code: 'not_found', message: 'Not found' })

export default function TemplatePage() {
  const { t } = useTranslation()
  const { id = NEW } = useParams()
  const query = useTemplates()
  const title = t(id === NEW ? 'templates.newTitle' : 'templates.editTitle')
  return (
    <Page title={title} lead={t('templates.editLead')}>
      {id === NEW ? (
        <Editor id={null} start={EMPTY} />
      ) : (
        <Shown query={query}>
          {(templates) => {
            const template = templates.find((one) => one.id === id)
            return template ? <Editor key={id} id={id} start={toDraft(template)} /> : <Failure error={MISSING} />
          }}
        </Shown>
      )}
    </Page>
  )
}

function Editor({ id, start }: { id: string | null; start: TemplateDraft }) {
  const { t } = useTranslation()
  const [draft, setDraft] = useState(start)
  const save = useSaveTemplate()
  const toast = useToast()
  const navigate = useNavigate()
  const change = (part: Partial<TemplateDraft>) => setDraft((now) => withVariables({ ...now, ...part }))
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const onSuccess = () => {
      toast({ text: t('templates.saved'), severity: 'success' })
      navigate('/templates')
    }
    save.mutate({ id, draft: { ...draft, name: draft.name.trim() } }, { onSuccess })
  }
  return (
    <Box component="form" onSubmit={submit} sx={{ display: 'grid', gap: 2.5 }}>
      <TextField label={t('templates.name')} required value={draft.name} onChange={(event) => change({ name: event.target.value })} slotProps={{ htmlInput: { maxLength: 120 } }} />
      <TextField label={t('templates.description')} value={draft.description} onChange={(event) => change({ description: event.target.value })} slotProps={{ htmlInput: { maxLength: 500 } }} />
      <TextField
        label={t('templates.systemPrompt')}
        helperText={t('templates.systemPromptHelp', { example: '{{name}}' })}
        multiline
        minRows={5}
        maxRows={20}
        value={draft.system_prompt}
        onChange={(event) => change({ system_prompt: event.target.value })}
      />
      <VariableFields variables={draft.variables} onChange={(variables) => change({ variables })} />
      <ExampleFields examples={draft.examples} onChange={(examples) => change({ examples })} />
      {save.error && <Failure error={save.error} />}
      <Box sx={{ display: 'flex', gap: 1, justifyContent: 'flex-end' }}>
        <Button component={Link} to="/templates">
          {t('common.cancel')}
        </Button>
        <Button type="submit" variant="contained" disabled={draft.name.trim() === ''} loading={save.isPending}>
          {t('common.save')}
        </Button>
      </Box>
    </Box>
  )
}

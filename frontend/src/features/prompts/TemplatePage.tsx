import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import TextField from '@mui/material/TextField'
import { type SubmitEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useNavigate, useParams } from 'react-router-dom'
import { Page } from '@/components/Page'
import { Failure, Shown } from '@/components/States'
import { HistoryIcon } from '@/components/icons'
import { useToast } from '@/components/toast'
import { useSaveTemplate, useTemplates } from '@/lib/api/templates'
import { ApiError } from '@/lib/http'
import type { TemplateDraft, TemplateEngine } from '@/lib/types'
import { ExampleFields } from './ExampleFields'
import { TryPanel } from './TryPanel'
import { VariableFields } from './VariableFields'
import { VersionsDialog } from './VersionsDialog'
import { Warmth } from './Warmth'
import { EMPTY, toDraft, withVariables } from './draft'

const NEW = 'new'
const MISSING = new ApiError(404, { code: 'not_found', message: 'Not found' })

export default function TemplatePage() {
  const { t } = useTranslation()
  const { id = NEW } = useParams()
  const query = useTemplates()
  const title = t(id === NEW ? 'templates.newTitle' : 'templates.editTitle')
  return (
    <Page title={title} lead={t('templates.editLead')} wide>
      {id === NEW ? (
        <Editor id={null} start={EMPTY} engine={null} />
      ) : (
        <Shown query={query}>
          {(templates) => {
            const template = templates.find((one) => one.id === id)
            return template ? <Editor key={id} id={id} start={toDraft(template)} engine={template.engine} /> : <Failure error={MISSING} />
          }}
        </Shown>
      )}
    </Page>
  )
}

interface EditorProps {
  id: string | null
  start: TemplateDraft
  /** Of what is saved. */
  engine: TemplateEngine | null
}

/** The form, and beside it where there is room the place to try it. */
function Editor({ id, start, engine }: EditorProps) {
  const [draft, setDraft] = useState(start)
  return (
    <Box sx={{ display: 'grid', gridTemplateColumns: { xs: '1fr', lg: 'minmax(0, 3fr) minmax(0, 2fr)' }, gap: 3, alignItems: 'start' }}>
      <Form id={id} draft={draft} onChange={(part) => setDraft((now) => withVariables({ ...now, ...part }))} engine={engine} />
      <Box sx={{ position: { lg: 'sticky' }, top: 16 }}>
        <TryPanel draft={draft} />
      </Box>
    </Box>
  )
}

interface FormProps {
  id: string | null
  draft: TemplateDraft
  onChange: (part: Partial<TemplateDraft>) => void
  engine: TemplateEngine | null
}

function Form({ id, draft, onChange: change, engine }: FormProps) {
  const { t } = useTranslation()
  const save = useSaveTemplate()
  const toast = useToast()
  const navigate = useNavigate()
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
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1, alignItems: 'center' }}>
        {id !== null && <Versions id={id} onTake={change} />}
        <Box sx={{ flex: 1 }}>
          <Warmth engine={engine} />
        </Box>
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

function Versions({ id, onTake }: { id: string; onTake: (draft: TemplateDraft) => void }) {
  const { t } = useTranslation()
  const toast = useToast()
  const [open, setOpen] = useState(false)
  const take = ({ name, description, system_prompt, examples, variables }: TemplateDraft) => {
    setOpen(false)
    onTake({ name, description, system_prompt, examples, variables })
    toast({ text: t('templates.versionTaken') })
  }
  return (
    <>
      <Button startIcon={<HistoryIcon />} onClick={() => setOpen(true)}>
        {t('templates.versions')}
      </Button>
      {open && <VersionsDialog id={id} onTake={take} onClose={() => setOpen(false)} />}
    </>
  )
}

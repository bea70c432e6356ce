import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import Paper from '@mui/material/Paper'
import Typography from '@mui/material/Typography'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Confirm } from '@/components/Confirm'
import { IconAction } from '@/components/IconAction'
import { CopyIcon, EditIcon, TrashIcon } from '@/components/icons'
import { useErrorToast, useToast } from '@/components/toast'
import { useDeleteTemplate, useSaveTemplate } from '@/lib/api/templates'
import type { Template } from '@/lib/types'
import { UseTemplate } from './UseTemplate'
import { Warmth } from './Warmth'
import { toDraft } from './draft'

export function TemplateCard({ template }: { template: Template }) {
  const { t } = useTranslation()
  const [asked, setAsked] = useState<'use' | 'delete' | null>(null)
  const remove = useDeleteTemplate()
  const fail = useErrorToast()
  const save = useSaveTemplate()
  const toast = useToast()
  const { name } = template
  const duplicate = () => {
    const draft = { ...toDraft(template), name: t('templates.copyOf', { name }) }
    save.mutate({ id: null, draft }, { onSuccess: () => toast({ text: t('templates.duplicated'), severity: 'success' }), onError: fail })
  }
  return (
    <Paper component="li" variant="outlined" sx={{ p: 2, borderRadius: 1.5, display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 1 }}>
      <Box sx={{ flex: '1 1 240px', minWidth: 0 }}>
        <Typography variant="h3" component="h2">{name}</Typography>
        <Typography variant="body2" color="textSecondary" sx={{ display: '-webkit-box', WebkitLineClamp: 2, WebkitBoxOrient: 'vertical', overflow: 'hidden' }}>
          {template.description === '' ? template.system_prompt : template.description}
        </Typography>
      </Box>
      <Box sx={{ display: 'flex', alignItems: 'center', gap: 0.5, ml: 'auto' }}>
        <Warmth engine={template.engine} />
        <Button size="small" variant="outlined" aria-label={t('templates.useNamed', { name })} onClick={() => setAsked('use')}>
          {t('templates.use')}
        </Button>
        <IconAction label={t('templates.edit', { name })} to={`/templates/${template.id}`}>
          <EditIcon fontSize="small" />
        </IconAction>
        <IconAction label={t('templates.duplicate', { name })} onClick={duplicate}>
          <CopyIcon fontSize="small" />
        </IconAction>
        <IconAction label={t('templates.delete', { name })} onClick={() => setAsked('delete')}>
          <TrashIcon fontSize="small" />
        </IconAction>
      </Box>
      {asked === 'use' && <UseTemplate template={template} onClose={() => setAsked(null)} />}
      {asked === 'delete' && (
        <Confirm
          title={t('templates.deleteTitle')}
          text={t('templates.deleteText', { name })}
          act={t('common.delete')}
          onAct={() => void remove.mutateAsync(template.id).catch(fail)}
          onClose={() => setAsked(null)}
        />
      )}
    </Paper>
  )
}

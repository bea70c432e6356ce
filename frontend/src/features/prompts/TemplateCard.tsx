import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import Chip from '@mui/material/Chip'
import Paper from '@mui/material/Paper'
import Typography from '@mui/material/Typography'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Confirm } from '@/components/Confirm'
import { IconAction } from '@/components/IconAction'
import { EditIcon, TrashIcon } from '@/components/icons'
import { useErrorToast } from '@/components/toast'
import { useDeleteTemplate } from '@/lib/api/templates'
import type { Template, TemplateEngine } from '@/lib/types'
import { UseTemplate } from './UseTemplate'

export function TemplateCard({ template }: { template: Template }) {
  const { t } = useTranslation()
  const [asked, setAsked] = useState<'use' | 'delete' | null>(null)
  const remove = useDeleteTemplate()
  const fail = useErrorToast()
  const { name } = template
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
        <IconAction label={t('templates.edit', { name })} size="small" to={`/templates/${template.id}`}>
          <EditIcon fontSize="small" />
        </IconAction>
        <IconAction label={t('templates.delete', { name })} size="small" onClick={() => setAsked('delete')}>
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

const SHORT_S = 1

/** Whether a new chat starts at once, or how long the first answer reads; nothing where that is not worth a word. */
function Warmth({ engine }: { engine: TemplateEngine | null }) {
  const { t } = useTranslation()
  if (engine === null || engine.cold_s < SHORT_S) return null
  const label = engine.warm ? t('templates.warm') : t('templates.cold', { seconds: Math.round(engine.cold_s) })
  return <Chip size="small" variant="outlined" color={engine.warm ? 'success' : 'default'} label={label} sx={{ mr: 0.5 }} />
}

import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import Paper from '@mui/material/Paper'
import TextField from '@mui/material/TextField'
import Typography from '@mui/material/Typography'
import { useTranslation } from 'react-i18next'
import { IconAction } from '@/components/IconAction'
import { DownIcon, PlusIcon, TrashIcon, UpIcon } from '@/components/icons'
import { moved, replaced, without } from '@/lib/lists'
import type { Example } from '@/lib/types'

interface ExampleFieldsProps {
  examples: Example[]
  onChange: (examples: Example[]) => void
}

/** Few-shot examples: a question and how it should be answered. */
export function ExampleFields({ examples, onChange }: ExampleFieldsProps) {
  const { t } = useTranslation()
  return (
    <Box component="fieldset" sx={{ border: 0, p: 0, m: 0, minWidth: 0 }}>
      <Typography component="legend" variant="h3">
        {t('templates.examples')}
      </Typography>
      <Typography variant="body2" color="textSecondary" sx={{ mb: 1.5 }}>
        {t('templates.examplesHelp')}
      </Typography>
      <Box sx={{ display: 'grid', gap: 1.5 }}>
        {examples.map((example, index) => (
          <ExampleCard
            key={index}
            number={index + 1}
            example={example}
            onChange={(next) => onChange(replaced(examples, index, next))}
            onRemove={() => onChange(without(examples, index))}
            onMove={(step) => onChange(moved(examples, index, step))}
            last={index === examples.length - 1}
          />
        ))}
      </Box>
      <Button startIcon={<PlusIcon />} onClick={() => onChange([...examples, { user: '', assistant: '' }])} sx={{ mt: 1 }}>
        {t('templates.addExample')}
      </Button>
    </Box>
  )
}

interface ExampleCardProps {
  number: number
  example: Example
  onChange: (example: Example) => void
  onRemove: () => void
  onMove: (step: 1 | -1) => void
  last: boolean
}

function ExampleCard({ number, example, onChange, onRemove, onMove, last }: ExampleCardProps) {
  const { t } = useTranslation()
  return (
    <Paper variant="outlined" sx={{ p: 2, borderRadius: 1.5, display: 'grid', gap: 2 }}>
      <Box sx={{ display: 'flex', alignItems: 'center' }}>
        <Typography color="textSecondary" sx={{ flex: 1 }}>
          {t('templates.example', { number })}
        </Typography>
        <IconAction label={t('templates.moveUp', { number })} disabled={number === 1} onClick={() => onMove(-1)}>
          <UpIcon fontSize="small" />
        </IconAction>
        <IconAction label={t('templates.moveDown', { number })} disabled={last} onClick={() => onMove(1)}>
          <DownIcon fontSize="small" />
        </IconAction>
        <IconAction label={t('templates.removeExample', { number })} onClick={onRemove}>
          <TrashIcon fontSize="small" />
        </IconAction>
      </Box>
      <TextField multiline size="small" label={t('templates.exampleUser')} value={example.user} onChange={(event) => onChange({ ...example, user: event.target.value })} />
      <TextField multiline size="small" label={t('templates.exampleAssistant')} value={example.assistant} onChange={(event) => onChange({ ...example, assistant: event.target.value })} />
    </Paper>
  )
}

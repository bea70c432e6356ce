import Accordion from '@mui/material/Accordion'
import AccordionDetails from '@mui/material/AccordionDetails'
import AccordionSummary from '@mui/material/AccordionSummary'
import Box from '@mui/material/Box'
import TextField from '@mui/material/TextField'
import { useTranslation } from 'react-i18next'
import { ChevronIcon } from '@/components/icons'
import type { Form } from './form'
import { LIMITS, type NumberKey, parseSetting } from './limits'

interface SamplingProps {
  form: Form
  onChange: (part: Partial<Form>) => void
  refused: string | null
}

const FIRST: NumberKey[] = ['temperature', 'max_tokens']
const FINE: NumberKey[] = [
  'top_p', 'top_k', 'min_p', 'typical_p', 'repeat_penalty', 'repeat_last_n', 'frequency_penalty', 'presence_penalty',
  'dry_multiplier', 'xtc_probability', 'mirostat', 'seed',
]
const grid = { display: 'grid', gap: 2.5, gridTemplateColumns: { xs: '1fr', sm: '1fr 1fr' } } as const

export function SamplingFields({ form, onChange, refused }: SamplingProps) {
  const { t } = useTranslation()
  const field = (name: NumberKey) => (
    <NumberField
      key={name}
      name={name}
      text={form.numbers[name]}
      refused={refused === name}
      onChange={(text) => onChange({ numbers: { ...form.numbers, [name]: text } })}
    />
  )
  return (
    <>
      <Box sx={{ ...grid, mt: 2.5 }}>{FIRST.map(field)}</Box>
      <Accordion disableGutters elevation={0} defaultExpanded={refused !== null} sx={{ mt: 1.5, bgcolor: 'transparent', '&::before': { display: 'none' } }}>
        <AccordionSummary expandIcon={<ChevronIcon />} sx={{ px: 0, color: 'text.secondary' }}>
          {t('settings.more')}
        </AccordionSummary>
        <AccordionDetails sx={{ ...grid, px: 0 }}>
          {FINE.map(field)}
          <TextField
            label={t('settings.stop')}
            helperText={t('settings.stopHelp')}
            multiline
            maxRows={4}
            value={form.stop}
            onChange={(event) => onChange({ stop: event.target.value })}
          />
        </AccordionDetails>
      </Accordion>
    </>
  )
}

interface NumberFieldProps {
  name: NumberKey
  text: string
  refused: boolean
  onChange: (text: string) => void
}

function NumberField({ name, text, refused, onChange }: NumberFieldProps) {
  const { t } = useTranslation()
  const { min, max, step, whole } = LIMITS[name]
  const wrong = parseSetting(name, text) === undefined
  return (
    <TextField
      type="number"
      label={t(`settings.${name}`)}
      helperText={wrong || refused ? t('settings.range', { min, max }) : t(`settings.${name}_help`)}
      error={wrong || refused}
      placeholder={name === 'seed' ? t('settings.random') : undefined}
      value={text}
      onChange={(event) => onChange(event.target.value)}
      slotProps={{ htmlInput: { min, max, step, inputMode: whole ? 'numeric' : 'decimal' }, inputLabel: { shrink: true } }}
    />
  )
}

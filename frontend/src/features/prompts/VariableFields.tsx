import Box from '@mui/material/Box'
import TextField from '@mui/material/TextField'
import Typography from '@mui/material/Typography'
import { useTranslation } from 'react-i18next'
import { replaced } from '@/lib/lists'
import type { Variable } from '@/lib/types'

interface VariableFieldsProps {
  variables: Variable[]
  onChange: (variables: Variable[]) => void
}

export function VariableFields({ variables, onChange }: VariableFieldsProps) {
  const { t } = useTranslation()
  if (variables.length === 0) return null
  return (
    <Box component="fieldset" sx={{ border: 0, p: 0, m: 0 }}>
      <Typography component="legend" variant="h3" sx={{ mb: 1.5 }}>
        {t('templates.variables')}
      </Typography>
      <Box sx={{ display: 'grid', gap: 2, gridTemplateColumns: { xs: '1fr', sm: '1fr 1fr' } }}>
        {variables.map(({ name, default: value }, index) => (
          <TextField
            key={name}
            size="small"
            label={t('templates.defaultOf', { name })}
            value={value}
            onChange={(event) => onChange(replaced(variables, index, { name, default: event.target.value }))}
          />
        ))}
      </Box>
    </Box>
  )
}

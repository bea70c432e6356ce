import Button from '@mui/material/Button'
import Dialog from '@mui/material/Dialog'
import DialogActions from '@mui/material/DialogActions'
import DialogContent from '@mui/material/DialogContent'
import DialogTitle from '@mui/material/DialogTitle'
import TextField from '@mui/material/TextField'
import { type SubmitEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Template } from '@/lib/types'

interface TemplateVariablesProps {
  template: Template
  onClose: () => void
  onDone: (values: Record<string, string>) => void
}

export default function TemplateVariables({ template, onClose, onDone }: TemplateVariablesProps) {
  const { t } = useTranslation()
  const [values, setValues] = useState(() => Object.fromEntries(template.variables.map((one) => [one.name, one.default])))
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    event.stopPropagation()
    onDone(values)
  }
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="xs">
      <form onSubmit={submit}>
        <DialogTitle>{template.name}</DialogTitle>
        <DialogContent sx={{ display: 'grid', gap: 2 }}>
          {template.variables.map(({ name }, at) => (
            <TextField
              key={name}
              label={name}
              autoFocus={at === 0}
              margin="dense"
              value={values[name] ?? ''}
              onChange={(event) => setValues({ ...values, [name]: event.target.value })}
            />
          ))}
        </DialogContent>
        <DialogActions sx={{ px: 3, pb: 2 }}>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button type="submit" variant="contained">
            {t('slash.use')}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}

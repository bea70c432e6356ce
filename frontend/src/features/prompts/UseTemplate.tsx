import Button from '@mui/material/Button'
import Dialog from '@mui/material/Dialog'
import DialogActions from '@mui/material/DialogActions'
import DialogContent from '@mui/material/DialogContent'
import DialogTitle from '@mui/material/DialogTitle'
import TextField from '@mui/material/TextField'
import Typography from '@mui/material/Typography'
import { type SubmitEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router-dom'
import { Failure } from '@/components/States'
import { useCreateSession } from '@/lib/api/sessions'
import type { Template } from '@/lib/types'

/** Starts a chat with the template; asks for its variables first. */
export function UseTemplate({ template, onClose }: { template: Template; onClose: () => void }) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const create = useCreateSession()
  const [values, setValues] = useState(() => Object.fromEntries(template.variables.map((one) => [one.name, one.default])))
  const begin = (event: SubmitEvent) => {
    event.preventDefault()
    create.mutate(
      { settings: { template_id: template.id, template_variables: values } },
      { onSuccess: (session) => navigate(`/chat/${session.id}`) },
    )
  }
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="xs">
      <form onSubmit={begin}>
        <DialogTitle>{template.name}</DialogTitle>
        <DialogContent sx={{ display: 'grid', gap: 2 }}>
          <Typography color="textSecondary">{t(template.variables.length === 0 ? 'templates.begin' : 'templates.fill')}</Typography>
          {template.variables.map(({ name }) => (
            <TextField key={name} label={name} value={values[name] ?? ''} onChange={(event) => setValues({ ...values, [name]: event.target.value })} />
          ))}
          {create.error && <Failure error={create.error} />}
        </DialogContent>
        <DialogActions sx={{ px: 3, pb: 2 }}>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button type="submit" variant="contained" loading={create.isPending}>
            {t('templates.start')}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}

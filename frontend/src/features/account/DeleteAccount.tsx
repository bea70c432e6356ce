import Button from '@mui/material/Button'
import Dialog from '@mui/material/Dialog'
import DialogActions from '@mui/material/DialogActions'
import DialogContent from '@mui/material/DialogContent'
import DialogTitle from '@mui/material/DialogTitle'
import TextField from '@mui/material/TextField'
import Typography from '@mui/material/Typography'
import { type SubmitEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Failure } from '@/components/States'
import { useDeleteAccount } from '@/lib/api/account'

/** Asks for the name before everything of a person goes. */
export function DeleteAccount({ username }: { username: string }) {
  const { t } = useTranslation()
  const [open, setOpen] = useState(false)
  const [typed, setTyped] = useState('')
  const remove = useDeleteAccount()
  const plain = (text: string) => text.trim().normalize('NFC').toLowerCase()
  const sure = plain(typed) === plain(username)
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (sure) remove.mutate(typed.trim())
  }
  return (
    <>
      <Button color="error" variant="outlined" onClick={() => setOpen(true)} sx={{ minHeight: 44 }}>
        {t('account.deleteAct')}
      </Button>
      <Dialog open={open} onClose={() => setOpen(false)} fullWidth maxWidth="xs">
        <form onSubmit={submit}>
          <DialogTitle>{t('account.deleteSure')}</DialogTitle>
          <DialogContent>
            <Typography sx={{ mb: 2 }}>{t('account.deleteType', { username })}</Typography>
            <TextField fullWidth autoFocus size="small" label={t('account.username')} autoComplete="off" value={typed} onChange={(event) => setTyped(event.target.value)} />
            {remove.error && <Failure error={remove.error} />}
          </DialogContent>
          <DialogActions sx={{ px: 3, pb: 2 }}>
            <Button onClick={() => setOpen(false)}>{t('common.cancel')}</Button>
            <Button type="submit" color="error" variant="contained" disabled={!sure} loading={remove.isPending}>
              {t('account.deleteAct')}
            </Button>
          </DialogActions>
        </form>
      </Dialog>
    </>
  )
}

import Button from '@mui/material/Button'
import Dialog from '@mui/material/Dialog'
import DialogActions from '@mui/material/DialogActions'
import DialogContent from '@mui/material/DialogContent'
import DialogTitle from '@mui/material/DialogTitle'
import { useTranslation } from 'react-i18next'

interface ConfirmProps {
  title: string
  text: string
  act: string
  onAct: () => void
  onClose: () => void
}

/** Asks before what cannot be undone. */
export function Confirm({ title, text, act, onAct, onClose }: ConfirmProps) {
  const { t } = useTranslation()
  return (
    <Dialog open onClose={onClose} maxWidth="xs" fullWidth>
      <DialogTitle>{title}</DialogTitle>
      <DialogContent>{text}</DialogContent>
      <DialogActions sx={{ px: 3, pb: 2 }}>
        <Button onClick={onClose}>{t('common.cancel')}</Button>
        <Button
          color="error"
          variant="contained"
          autoFocus
          onClick={() => {
            onClose()
            onAct()
          }}
        >
          {act}
        </Button>
      </DialogActions>
    </Dialog>
  )
}

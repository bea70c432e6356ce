import Alert from '@mui/material/Alert'
import Button from '@mui/material/Button'
import Snackbar from '@mui/material/Snackbar'
import { type ReactNode, useCallback, useState } from 'react'
import { type Toast, ToastContext } from './toast'

/** One message at a time at the bottom; a new one replaces the old. */
export function Toasts({ children }: { children: ReactNode }) {
  const [toast, setToast] = useState<(Toast & { key: number }) | null>(null)
  const [open, setOpen] = useState(false)
  const show = useCallback((next: Toast) => {
    setToast({ ...next, key: Date.now() })
    setOpen(true)
  }, [])
  const act = () => {
    setOpen(false)
    toast?.action?.run()
  }
  const button = toast?.action && (
    <Button color="inherit" size="small" onClick={act}>
      {toast.action.label}
    </Button>
  )
  return (
    <ToastContext value={show}>
      {children}
      <Snackbar
        key={toast?.key}
        open={open}
        autoHideDuration={toast?.action ? 8000 : 5000}
        onClose={(_event, reason) => {
          if (reason !== 'clickaway') setOpen(false)
        }}
        anchorOrigin={{ vertical: 'bottom', horizontal: 'center' }}
      >
        <Alert severity={toast?.severity ?? 'info'} variant="filled" action={button} icon={false}>
          {toast?.text}
        </Alert>
      </Snackbar>
    </ToastContext>
  )
}

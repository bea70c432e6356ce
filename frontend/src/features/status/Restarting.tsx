import CircularProgress from '@mui/material/CircularProgress'
import Dialog from '@mui/material/Dialog'
import DialogContent from '@mui/material/DialogContent'
import { useEffect } from 'react'
import { useTranslation } from 'react-i18next'
import { type Notice, getSafety } from '@/lib/api/safety'
import { ApiError } from '@/lib/http'

const LOOK_MS = 1_500

/** Waits until the house is back with the restored state, then begins anew. */
export function Restarting({ known }: { known: Notice[] }) {
  const { t } = useTranslation()
  useEffect(() => {
    const before = new Set(known.map(({ id }) => id))
    const look = async () => {
      try {
        const { notices } = await getSafety()
        if (notices.some(({ id, kind }) => kind === 'backup_restored' && !before.has(id))) window.location.assign('/')
      } catch (error) {
        // Others may be logged in now than before the restore.
        if (error instanceof ApiError && error.status === 401) window.location.assign('/')
      }
    }
    const timer = setInterval(() => void look(), LOOK_MS)
    return () => clearInterval(timer)
  }, [known])
  return (
    <Dialog open aria-label={t('safety.restarting')}>
      <DialogContent role="status" sx={{ display: 'flex', gap: 2, alignItems: 'center' }}>
        <CircularProgress size={24} aria-hidden />
        {t('safety.restarting')}
      </DialogContent>
    </Dialog>
  )
}

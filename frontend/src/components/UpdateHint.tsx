import Alert from '@mui/material/Alert'
import Button from '@mui/material/Button'
import Snackbar from '@mui/material/Snackbar'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { startWorker } from '@/lib/worker'

/** Says when a newer page lies ready, and leaves the moment to the reader. */
export function UpdateHint() {
  const { t } = useTranslation()
  const [takeOver, setTakeOver] = useState<(() => void) | null>(null)
  useEffect(() => startWorker((way) => setTakeOver(() => way)), [])
  if (!takeOver) return null
  const reload = (
    <Button color="inherit" size="small" onClick={takeOver}>
      {t('common.reload')}
    </Button>
  )
  return (
    <Snackbar open anchorOrigin={{ vertical: 'top', horizontal: 'center' }}>
      <Alert severity="info" action={reload} onClose={() => setTakeOver(null)} icon={false}>
        {t('common.newVersion')}
      </Alert>
    </Snackbar>
  )
}

import Alert from '@mui/material/Alert'
import Box from '@mui/material/Box'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { column } from './column'
import type { Connection } from '@/lib/socket'

const PATIENCE_MS = 1500

/** A blink of the connection is nobody's business: only what lasts is told. */
function useLasting(on: boolean): boolean {
  const [lasting, setLasting] = useState(false)
  useEffect(() => {
    if (!on) return undefined
    const timer = setTimeout(() => setLasting(true), PATIENCE_MS)
    return () => {
      clearTimeout(timer)
      setLasting(false)
    }
  }, [on])
  return on && lasting
}

export function Notices({ connection }: { connection: Connection }) {
  const { t } = useTranslation()
  const offline = useLasting(connection !== 'open')
  return (
    <Box sx={{ ...column, flex: 'none' }}>
      {offline && (
        <Alert severity="warning" role="status" sx={{ my: 0.5 }}>
          {t('chat.offline')}
        </Alert>
      )}
    </Box>
  )
}

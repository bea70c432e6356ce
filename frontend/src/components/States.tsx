import Alert from '@mui/material/Alert'
import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import CircularProgress from '@mui/material/CircularProgress'
import Typography from '@mui/material/Typography'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { errorText } from '@/i18n/errors'

export function Loading() {
  const { t } = useTranslation()
  return (
    <Box role="status" aria-label={t('common.loading')} sx={{ display: 'grid', placeItems: 'center', minHeight: 160, flex: 1 }}>
      <CircularProgress size={28} thickness={4} aria-hidden />
    </Box>
  )
}

export function Failure({ error, onRetry }: { error: Error; onRetry?: () => void }) {
  const { t } = useTranslation()
  const again = onRetry && (
    <Button color="inherit" size="small" onClick={onRetry} sx={{ whiteSpace: 'nowrap' }}>
      {t('common.retry')}
    </Button>
  )
  return (
    <Alert severity="error" variant="outlined" action={again}>
      {errorText(error)}
    </Alert>
  )
}

interface EmptyProps {
  icon: ReactNode
  title: string
  text: string
  action?: ReactNode
}

export function Empty({ icon, title, text, action }: EmptyProps) {
  return (
    <Box sx={{ textAlign: 'center', py: 6, px: 2, color: 'text.secondary' }}>
      <Box sx={{ color: 'primary.main', '& svg': { fontSize: 40 }, mb: 1 }}>{icon}</Box>
      <Typography variant="h2" color="textPrimary" sx={{ mb: 0.5 }}>
        {title}
      </Typography>
      <Typography sx={{ maxWidth: '46ch', mx: 'auto', mb: 2 }}>{text}</Typography>
      {action}
    </Box>
  )
}

interface Asked<T> {
  data: T | undefined
  error: Error | null
  refetch: () => unknown
}

/** The three looks of anything that is asked from the server. */
export function Shown<T>({ query, children }: { query: Asked<T>; children: (data: T) => ReactNode }) {
  if (query.data !== undefined) return children(query.data)
  if (query.error) return <Failure error={query.error} onRetry={() => void query.refetch()} />
  return <Loading />
}

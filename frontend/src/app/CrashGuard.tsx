import Alert from '@mui/material/Alert'
import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import { Component, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

interface CrashGuardState {
  error: Error | null
}

/** A fault of the page itself, or a page that was replaced by a newer version meanwhile: loading anew heals both. */
export class CrashGuard extends Component<{ children: ReactNode }, CrashGuardState> {
  override state: CrashGuardState = { error: null }

  static getDerivedStateFromError(error: Error): CrashGuardState {
    return { error }
  }

  override render() {
    return this.state.error ? <Crash error={this.state.error} /> : this.props.children
  }
}

function Crash({ error }: { error: Error }) {
  const { t } = useTranslation()
  const reload = (
    <Button color="inherit" size="small" onClick={() => window.location.reload()}>
      {t('common.reload')}
    </Button>
  )
  return (
    <Box sx={{ p: 3, maxWidth: 640, mx: 'auto' }}>
      <Alert severity="error" variant="outlined" action={reload}>
        {t('errors.page')}
        <Box sx={{ fontSize: '0.85rem', mt: 0.5 }}>{error.message}</Box>
      </Alert>
    </Box>
  )
}

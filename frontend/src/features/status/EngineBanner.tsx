import Alert from '@mui/material/Alert'
import Box from '@mui/material/Box'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { CopyButton } from '@/components/CopyButton'
import { errorText } from '@/i18n/errors'
import { useEngine } from '@/lib/api/engine'
import { isClosed } from '@/lib/http'
import type { Engine } from '@/lib/types'

const COMMAND = 'make model NAME=mistral-7b-instruct-v0.2'
const SEEN = 'ondol.demoSeen'

/** What stands between the reader and an answer, and what to do about it. */
export function EngineBanner() {
  const { data: engine, error } = useEngine()
  if (isClosed(error)) {
    return (
      <Box sx={{ px: { xs: 1, sm: 2 }, pt: 1 }}>
        <Alert severity="error">{errorText(error)}</Alert>
      </Box>
    )
  }
  if (!engine) return null
  return (
    <Box sx={{ px: { xs: 1, sm: 2 }, '&:not(:empty)': { pt: 1 } }}>
      {engine.state === 'ready' ? <DemoNotice engine={engine} /> : <NotReady engine={engine} />}
    </Box>
  )
}

function NotReady({ engine }: { engine: Engine }) {
  const { t } = useTranslation()
  if (engine.state === 'loading') {
    const percent = typeof engine.percent === 'number' ? ` ${Math.round(engine.percent)} %` : ''
    return (
      <Alert severity="info" role="status">
        {t('engine.loading')}
        {percent}
      </Alert>
    )
  }
  if (engine.state === 'calibrating') {
    return (
      <Alert severity="info" role="status">
        {t('engine.calibrating')}
      </Alert>
    )
  }
  const away = engine.state === 'down'
  return (
    <Alert severity="warning" role="status">
      {t(away ? 'engine.down' : 'engine.unavailable')}
      {!away && engine.reason && <Box sx={{ mt: 0.5, fontSize: '0.85rem', opacity: 0.85 }}>{engine.reason}</Box>}
    </Alert>
  )
}

function DemoNotice({ engine }: { engine: Engine }) {
  const { t } = useTranslation()
  const [seen, setSeen] = useState(() => sessionStorage.getItem(SEEN) === '1')
  if (!engine.model?.demo || seen) return null
  const dismiss = () => {
    sessionStorage.setItem(SEEN, '1')
    setSeen(true)
  }
  return (
    <Alert severity="info" icon={false} role="status" onClose={dismiss} sx={{ py: 0.25, alignItems: 'center', '& .MuiAlert-action': { pt: 0 } }}>
      {t('engine.demo')}{' '}
      <Box component="code" sx={{ display: 'inline-block', fontSize: '0.85em' }}>
        {COMMAND}
      </Box>
      <CopyButton text={COMMAND} label={t('models.copyCommand')} />
    </Alert>
  )
}

import Alert from '@mui/material/Alert'
import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import Typography from '@mui/material/Typography'
import { useTranslation } from 'react-i18next'
import { errorText } from '@/i18n/errors'
import { SentQuestion } from './message/Question'
import type { ChatAction, Outgoing } from './state/state'

interface UnsentProps {
  outbox: readonly Outgoing[]
  connected: boolean
  dispatch: (action: ChatAction) => void
  /** Puts the text back where it is typed. */
  onEdit: (text: string) => void
}

/** Questions that the box does not have yet: none is lost, each can be taken back, and why one was refused is said. */
export function Unsent({ outbox, connected, dispatch, onEdit }: UnsentProps) {
  return outbox.map((one, at) => {
    const takeBack = () => {
      dispatch({ type: 'discard', clientId: one.clientId })
      onEdit(one.content)
    }
    const waits = one.state === 'held' || (one.state === 'waiting' && (!connected || at > 0))
    return (
      <Box key={one.clientId}>
        <SentQuestion text={one.content} />
        {waits && <Waiting onTakeBack={takeBack} />}
        {one.state === 'refused' && (
          <Refused outgoing={one} onTakeBack={takeBack} onRetry={() => dispatch({ type: 'retry', clientId: one.clientId })} />
        )}
      </Box>
    )
  })
}

function Waiting({ onTakeBack }: { onTakeBack: () => void }) {
  const { t } = useTranslation()
  return (
    <Box sx={{ display: 'flex', justifyContent: 'flex-end', alignItems: 'center', gap: 0.5, mt: -0.5, mb: 1 }}>
      <Typography variant="caption" color="textSecondary">
        {t('chat.willSend')}
      </Typography>
      <Button size="small" color="inherit" onClick={onTakeBack} sx={{ minHeight: { xs: 44, sm: 32 }, color: 'text.secondary' }}>
        {t('chat.takeBack')}
      </Button>
    </Box>
  )
}

function Refused({ outgoing, onTakeBack, onRetry }: { outgoing: Outgoing; onTakeBack: () => void; onRetry: () => void }) {
  const { t } = useTranslation()
  const actions = (
    <>
      <Button color="inherit" size="small" onClick={onTakeBack}>
        {t('chat.edit')}
      </Button>
      <Button color="inherit" size="small" onClick={onRetry}>
        {t('common.retry')}
      </Button>
    </>
  )
  return (
    <Alert severity="error" variant="outlined" action={actions}>
      {errorText(outgoing.error)}
    </Alert>
  )
}

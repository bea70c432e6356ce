import Alert from '@mui/material/Alert'
import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import Typography from '@mui/material/Typography'
import { memo, useDeferredValue, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import Markdown from '@/components/Markdown'
import { errorText } from '@/i18n/errors'
import type { Message } from '@/lib/types'
import { Sources } from './Sources'
import { AnswerActions } from './message/AnswerActions'
import { Question } from './message/Question'
import { useMessageActions } from './message/actions'
import { sourceAddress } from './sourceAddress'
import { isFinal } from './state/state'

interface MessageViewProps {
  message: Message
  /** Nothing follows it. */
  last: boolean
}

export const MessageView = memo(function MessageView({ message, last }: MessageViewProps) {
  return message.role === 'user' ? <Question message={message} /> : <Answer message={message} last={last} />
})

function Answer({ message, last }: MessageViewProps) {
  const { t } = useTranslation()
  const actions = useMessageActions()
  const growing = useDeferredValue(message.content)
  const addresses = useMemo(() => message.sources.map(sourceAddress), [message.sources])
  const final = isFinal(message)
  const text = final ? message.content : growing // a version that is switched to is there at once
  if (!final && text === '') return null
  const again = actions?.ready === true ? () => actions.regenerate(message.id) : undefined
  return (
    <Box component="article" aria-label={t('chat.assistant')} aria-busy={!final} sx={{ my: 2.5 }}>
      <Markdown text={text} sources={addresses} growing={!final} />
      {message.status === 'failed' && <Failed message={message} onAgain={again} />}
      {final && <Ending message={message} last={last} />}
      {final && <Sources messageId={message.id} sources={message.sources} onAgain={again} />}
      {final && <AnswerActions message={message} />}
    </Box>
  )
}

/** Why an answer ends where it does, when that is not its own end; and the way on. */
function Ending({ message, last }: MessageViewProps) {
  const { t } = useTranslation()
  const actions = useMessageActions()
  const { status } = message
  if (status === 'done' && message.finish_reason !== 'length') return null
  const goesOn = last && actions && message.content !== ''
  return (
    <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', columnGap: 1, mt: 0.5 }}>
      {status !== 'failed' && (
        <Typography variant="caption" color="textSecondary">
          {t(status === 'stopped' ? 'chat.stopped' : 'chat.lengthReached')}
        </Typography>
      )}
      {goesOn && (
        <Button size="small" disabled={!actions.ready} onClick={() => actions.goOn(message.id)} sx={{ '@media (pointer: coarse)': { minHeight: 44 } }}>
          {t('message.continue')}
        </Button>
      )}
    </Box>
  )
}

function Failed({ message, onAgain }: { message: Message; onAgain: (() => void) | undefined }) {
  const { t } = useTranslation()
  const again = onAgain && (
    <Button color="inherit" size="small" onClick={onAgain}>
      {t('common.retry')}
    </Button>
  )
  return (
    <Alert severity="error" variant="outlined" action={again} sx={{ mt: 1 }}>
      {message.error ? errorText(message.error) : t('chat.failed')}
    </Alert>
  )
}

import Alert from '@mui/material/Alert'
import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import Typography from '@mui/material/Typography'
import { memo, useDeferredValue, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { CopyButton } from '@/components/CopyButton'
import { IconAction } from '@/components/IconAction'
import Markdown from '@/components/Markdown'
import { RetryIcon } from '@/components/icons'
import { errorText } from '@/i18n/errors'
import type { Message } from '@/lib/types'
import { RunDetails } from './RunDetails'
import { Sources } from './Sources'
import { ThumbButton } from './ThumbButton'
import { isStale, sourceAddress } from './sourceAddress'
import { isFinal } from './state/state'

interface MessageViewProps {
  message: Message
  /** Asks the same question again; given where that makes sense. */
  onAgain?: (() => void) | undefined
}

export const MessageView = memo(function MessageView({ message, onAgain }: MessageViewProps) {
  return message.role === 'user' ? <Question text={message.content} /> : <Answer message={message} onAgain={onAgain} />
})

export function Question({ text, faded = false }: { text: string; faded?: boolean }) {
  const { t } = useTranslation()
  return (
    <Box component="article" aria-label={t('chat.you')} sx={{ display: 'flex', justifyContent: 'flex-end', my: 2.5 }}>
      <Box
        sx={{
          maxWidth: { xs: '88%', sm: '78%' },
          px: 2,
          py: 1.1,
          borderRadius: '20px 20px 6px 20px',
          bgcolor: 'color-mix(in srgb, var(--mui-palette-primary-main) 13%, var(--mui-palette-background-paper))',
          whiteSpace: 'pre-wrap',
          lineHeight: 1.6,
          opacity: faded ? 0.65 : 1,
        }}
      >
        {text}
      </Box>
    </Box>
  )
}

function Answer({ message, onAgain }: MessageViewProps) {
  const { t } = useTranslation()
  const text = useDeferredValue(message.content)
  const addresses = useMemo(() => message.sources.map(sourceAddress), [message.sources])
  const final = isFinal(message)
  if (!final && text === '') return null
  return (
    <Box component="article" aria-label={t('chat.assistant')} aria-busy={!final} sx={{ my: 2.5 }}>
      <Markdown text={text} sources={addresses} growing={!final} />
      <Ending message={message} />
      {message.status === 'failed' && <Failed message={message} onAgain={onAgain} />}
      {final && <Sources messageId={message.id} sources={message.sources} onAgain={onAgain} />}
      {final && text !== '' && (
        <Box sx={{ display: 'flex', alignItems: 'flex-start', gap: 0.5, mt: 0.75, ml: -0.75, fontSize: 18 }}>
          <CopyButton text={message.content} label={t('chat.copyAnswer')} />
          {onAgain && message.status !== 'failed' && !message.sources.some(isStale) && (
            <IconAction size="small" label={t('chat.again')} onClick={onAgain}>
              <RetryIcon fontSize="inherit" />
            </IconAction>
          )}
          {message.sources.length > 0 && <ThumbButton message={message} />}
          <Box sx={{ pt: 0.35 }}>
            <RunDetails message={message} />
          </Box>
        </Box>
      )}
    </Box>
  )
}

/** Why an answer ends where it does, when that is not its own end. */
function Ending({ message }: { message: Message }) {
  const { t } = useTranslation()
  const stopped = message.status === 'stopped'
  if (!stopped && message.finish_reason !== 'length') return null
  return (
    <Typography variant="caption" color="textSecondary">
      {t(stopped ? 'chat.stopped' : 'chat.lengthReached')}
    </Typography>
  )
}

function Failed({ message, onAgain }: MessageViewProps) {
  const { t } = useTranslation()
  const again = onAgain && (
    <Button color="inherit" size="small" onClick={onAgain}>
      {t('chat.again')}
    </Button>
  )
  return (
    <Alert severity="error" variant="outlined" action={again} sx={{ mt: 1 }}>
      {message.error ? errorText(message.error) : t('chat.failed')}
    </Alert>
  )
}

import Box from '@mui/material/Box'
import LinearProgress from '@mui/material/LinearProgress'
import Typography from '@mui/material/Typography'
import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import { formatDuration, formatNumber } from '@/lib/format'
import type { Connection } from '@/lib/socket'
import { type ChatState, type Run, activeRun, runsOf } from './state/state'
import { useWritingSpeed } from './useWritingSpeed'

function joined(...parts: (string | null)[]): string {
  return parts.filter((part) => part !== null).join(' · ')
}

function modelText({ state, percent }: NonNullable<ChatState['model']>, t: TFunction): string {
  return state === 'loading' && percent !== null ? t('chat.modelLoading', { percent }) : t('chat.modelWaits')
}

function queueText(run: Run, t: TFunction, locale: string): string {
  const { position, etaS } = run.queue ?? { position: 0, etaS: null }
  const place = position > 0 ? t('chat.queued', { count: position }) : t('chat.queuedNext')
  return joined(place, etaS === null ? null : t('chat.eta', { time: formatDuration(etaS, locale) }))
}

function readingText(run: Run, t: TFunction, locale: string): string {
  if (!run.reading) return t('chat.thinking')
  const { done, total, etaS } = run.reading
  const read = t('chat.reading', { done: formatNumber(done, locale), total: formatNumber(total, locale) })
  return joined(read, etaS === null ? null : t('chat.eta', { time: formatDuration(etaS, locale) }))
}

function restartText({ cause, etaS }: NonNullable<Run['restart']>, t: TFunction, locale: string): string {
  const text = cause === null ? t('chat.restarting') : t('chat.restartingBecause', { cause: t(`causes.${cause}`, { defaultValue: cause }) })
  return joined(text, etaS === null ? null : t('chat.eta', { time: formatDuration(etaS, locale) }))
}

/** One calm sentence about what is going on; null when nothing is. */
function describe(state: ChatState, connection: Connection, t: TFunction, locale: string): string | null {
  const run = activeRun(state)
  if (run?.phase === 'restarting' && run.restart) return restartText(run.restart, t, locale)
  if (run && state.model && run.phase !== 'writing') return modelText(state.model, t)
  if (run?.phase === 'queued') return queueText(run, t, locale)
  if (run?.phase === 'reading') return readingText(run, t, locale)
  if (run?.text === '') return t('chat.thinking')
  const answer = run?.messageId ?? null
  if (answer !== null && !state.messages.some((one) => one.id === answer)) return t('chat.elsewhere')
  if (run) return joined(t('chat.writing'), runsOf(state).length > 1 ? t('chat.nextWaits') : null)
  const first = state.outbox[0]
  return first && first.state !== 'refused' && connection === 'open' ? t('chat.sending') : null
}

export function StatusLine({ state, connection }: { state: ChatState; connection: Connection }) {
  const { t, i18n } = useTranslation()
  const text = describe(state, connection, t, i18n.language)
  const run = activeRun(state)
  const speed = useWritingSpeed(run)
  const reading = run?.phase === 'reading' ? run.reading : null
  return (
    <Box role="status" aria-live="polite" sx={{ minHeight: 28 }}>
      {text !== null && (
        <>
          <Typography variant="body2" color="textSecondary" sx={{ display: 'flex', alignItems: 'center', gap: 1 }}>
            <Ember />
            {text}
            {speed !== null && (
              <Box component="span" aria-hidden sx={{ fontVariantNumeric: 'tabular-nums' }}>
                {t('chat.speed', { value: formatNumber(speed, i18n.language, speed < 10 ? 1 : 0) })}
              </Box>
            )}
          </Typography>
          {reading && reading.total > 0 && (
            <LinearProgress
              variant="determinate"
              aria-label={t('chat.readingLabel')}
              value={Math.min(100, (100 * reading.done) / reading.total)}
              sx={{ mt: 1, maxWidth: 320, borderRadius: 2, height: 3 }}
            />
          )}
        </>
      )}
    </Box>
  )
}

const glow = { '0%, 100%': { opacity: 0.35, transform: 'scale(0.8)' }, '50%': { opacity: 1, transform: 'scale(1)' } }

function Ember() {
  return (
    <Box
      aria-hidden
      sx={{ width: 9, height: 9, borderRadius: '50%', bgcolor: 'primary.main', flex: 'none', '@keyframes ember': glow, animation: 'ember 1.6s ease-in-out infinite' }}
    />
  )
}

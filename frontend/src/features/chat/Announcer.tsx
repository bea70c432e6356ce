import Box from '@mui/material/Box'
import { useEffect, useEffectEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { findFromEnd } from '@/lib/lists'
import { silence, speakOn } from './speech'
import { type ChatState, runsOf } from './state/state'

/** Often enough to follow, seldom enough for a sentence or two. */
const EVERY_MS = 3_000

const forEarsOnly = { position: 'absolute', width: '1px', height: '1px', overflow: 'hidden', clipPath: 'inset(50%)', whiteSpace: 'nowrap' } as const

/** Reads an answer out as it grows, each whole sentence once: token by token would drown a screen reader. */
export function Announcer({ state }: { state: ChatState }) {
  const { t } = useTranslation()
  const [speech, setSpeech] = useState(silence)
  const last = findFromEnd(state.messages, (one) => one.role === 'assistant')
  const running = last?.status === 'running'
  const ended = last !== undefined && last.id === state.ended && runsOf(state).length === 0
  const speak = useEffectEvent(() => {
    if (last) setSpeech((before) => speakOn(before, last.id, last.content, ended, t('chat.spokenCode')))
  })
  useEffect(() => {
    if (!running && !ended) return undefined
    const timer = ended ? setTimeout(speak) : setInterval(speak, EVERY_MS)
    return () => clearInterval(timer)
  }, [running, ended])
  return (
    <Box role="log" aria-live="polite" aria-label={t('chat.spoken')} sx={forEarsOnly}>
      {speech.lines.map((line, at) => (
        <p key={`${speech.id ?? ''}-${at}`}>{line}</p>
      ))}
      {ended && speech.id === last.id && <p>{t('chat.finished')}</p>}
    </Box>
  )
}

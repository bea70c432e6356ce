import Box from '@mui/material/Box'
import { useTranslation } from 'react-i18next'
import { findFromEnd } from '@/lib/lists'
import { type ChatState, runsOf } from './state/state'

const forEarsOnly = { position: 'absolute', width: '1px', height: '1px', overflow: 'hidden', clipPath: 'inset(50%)', whiteSpace: 'nowrap' } as const

/** Reads an answer out once, when it has ended: token by token would drown a screen reader. */
export function Announcer({ state }: { state: ChatState }) {
  const { t } = useTranslation()
  const last = findFromEnd(state.messages, (one) => one.role === 'assistant')
  const ended = last !== undefined && last.id === state.ended && runsOf(state).length === 0
  return (
    <Box role="status" aria-live="polite" sx={forEarsOnly}>
      {ended ? `${t('chat.finished')}. ${last.content}` : ''}
    </Box>
  )
}

import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import Fab from '@mui/material/Fab'
import { Fragment, type RefObject, useLayoutEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { DownIcon } from '@/components/icons'
import type { Message } from '@/lib/types'
import { Fold } from './ContextGauge'
import { MessageView } from './MessageView'
import { StatusLine } from './StatusLine'
import { column } from './column'
import type { Connection } from '@/lib/socket'
import { foldAt } from './state/context'
import type { ChatAction, ChatState } from './state/state'
import { Unsent } from './Unsent'
import { useStickToBottom } from './useStickToBottom'

interface MessageListProps {
  state: ChatState
  connection: Connection
  dispatch: (action: ChatAction) => void
  loadEarlier: (before: number) => Promise<void>
  onEdit: (text: string) => void
}

/** A version takes the place of another: what is open or has the focus there stays so. */
const placeOf = ({ id, parent_id }: Message) => (parent_id === undefined ? `m${id}` : `p${parent_id ?? ''}`)

/** While an edited question is on its way, what it will replace is not shown any more. */
function staying({ messages, outbox }: ChatState): Message[] {
  const at = messages.findIndex((one) => outbox.some(({ editOf }) => editOf === one.id))
  return (at < 0 ? messages : messages.slice(0, at)).filter((one) => one.role !== 'system')
}

export function MessageList({ state, connection, dispatch, loadEarlier, onEdit }: MessageListProps) {
  const { t } = useTranslation()
  const { box, content, away, toBottom } = useStickToBottom()
  const { outbox } = state
  const shown = staying(state)
  const fold = foldAt(shown, state)
  return (
    <Box sx={{ position: 'relative', flex: 1, minHeight: 0 }}>
      <Box ref={box} tabIndex={0} role="log" aria-label={t('chat.messages')} aria-live="off" sx={{ height: '100%', overflowY: 'auto', outline: 'none' }}>
        <Box ref={content} sx={{ ...column, py: 2 }}>
          <Earlier state={state} box={box} loadEarlier={loadEarlier} />
          {shown.map((message, index) => (
            <Fragment key={placeOf(message)}>
              <MessageView message={message} last={index === shown.length - 1 && outbox.length === 0} />
              {index === fold && <Fold />}
            </Fragment>
          ))}
          <Unsent outbox={outbox} connected={connection === 'open'} dispatch={dispatch} onEdit={onEdit} />
          <StatusLine state={state} connection={connection} />
        </Box>
      </Box>
      {away && (
        <Fab size="small" aria-label={t('chat.toLatest')} onClick={toBottom} sx={fab}>
          <DownIcon />
        </Fab>
      )}
    </Box>
  )
}

const fab = { position: 'absolute', bottom: 12, left: '50%', ml: '-20px', bgcolor: 'background.paper', color: 'text.primary' } as const

/** Pages back; what the reader was looking at stays where it is. */
function Earlier({ state, box, loadEarlier }: Pick<MessageListProps, 'state' | 'loadEarlier'> & { box: RefObject<HTMLDivElement | null> }) {
  const { t } = useTranslation()
  const [busy, setBusy] = useState(false)
  const heightBefore = useRef<number | null>(null)
  const oldest = state.messages[0]?.id

  useLayoutEffect(() => {
    if (heightBefore.current !== null) box.current?.scrollBy({ top: box.current.scrollHeight - heightBefore.current, behavior: 'instant' })
    heightBefore.current = null
  }, [oldest, box])

  if (!state.hasEarlier || oldest === undefined) return null
  const load = () => {
    setBusy(true)
    heightBefore.current = box.current?.scrollHeight ?? null
    loadEarlier(oldest)
      .catch(() => {
        heightBefore.current = null
      })
      .finally(() => setBusy(false))
  }
  return (
    <Box sx={{ textAlign: 'center' }}>
      <Button size="small" loading={busy} onClick={load}>
        {t('chat.earlier')}
      </Button>
    </Box>
  )
}

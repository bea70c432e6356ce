import { useMemo } from 'react'
import { useErrorToast } from '@/components/toast'
import { deleteMessage } from '@/lib/api/messages'
import type { ClientFrame } from '@/lib/frames'
import type { Connection } from '@/lib/socket'
import { type ChatState, canSubmit } from '@/features/chat/state/state'
import type { MessageActions } from './actions'

interface Chat {
  state: ChatState
  connection: Connection
  send: (frame: ClientFrame) => boolean
  submit: (content: string, useRag: boolean, editOf?: number) => void
}

/** The actions of one chat; they stay the same while nothing of what is allowed changes. */
export function useChatActions(sessionId: string, { state, connection, send, submit }: Chat, useRag: boolean): MessageActions {
  const fail = useErrorToast()
  const connected = connection === 'open'
  const ready = connected && canSubmit(state)
  return useMemo(
    () => ({
      connected,
      ready,
      regenerate: (message_id) => void send({ type: 'regenerate', message_id }),
      goOn: (message_id) => void send({ type: 'continue', message_id }),
      select: (message_id) => void send({ type: 'select', message_id }),
      edit: (message, content) => submit(content, useRag, message),
      remove: (message) => {
        deleteMessage(sessionId, message).catch((error: unknown) => {
          if (error instanceof Error) fail(error)
        })
      },
    }),
    [connected, ready, send, submit, useRag, sessionId, fail],
  )
}

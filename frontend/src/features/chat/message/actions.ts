import { createContext, use } from 'react'

/** What can be done with a message. Answers come over the socket. */
export interface MessageActions {
  /** Whether the box can be told anything now, and whether it takes a question. */
  connected: boolean
  ready: boolean
  regenerate: (id: number) => void
  goOn: (id: number) => void
  select: (id: number) => void
  edit: (id: number, content: string) => void
  remove: (id: number) => void
}

/** Null where messages are only shown. */
export const MessageActionsContext = createContext<MessageActions | null>(null)

export const useMessageActions = () => use(MessageActionsContext)

/** Small for a mouse, large enough for a finger. */
export const touchable = { '@media (pointer: coarse)': { width: 44, height: 44 } } as const

import { recall, recallJson, remember } from '@/lib/storage'
import type { Outgoing } from './state/state'

/** What was typed survives a reload: the draft of each chat, and a message that was under way. */
const outgoingKey = (sessionId: string) => `outgoing.${sessionId}`
const draftKey = (sessionId: string) => `draft.${sessionId}`
const ragKey = (sessionId: string) => `rag.${sessionId}`

type Remembered = Pick<Outgoing, 'content' | 'useRag' | 'afterId' | 'editOf'>

function isRemembered(value: unknown): value is Remembered {
  if (typeof value !== 'object' || value === null) return false
  const { content, useRag, afterId } = value as Record<string, unknown>
  return typeof content === 'string' && typeof useRag === 'boolean' && typeof afterId === 'number'
}

export function rememberOutgoing(sessionId: string, { content, useRag, afterId, editOf }: Remembered): void {
  remember(outgoingKey(sessionId), JSON.stringify({ content, useRag, afterId, editOf }))
}

export const forgetOutgoing = (sessionId: string) => remember(outgoingKey(sessionId), null)

/** It may have reached the server before the page went away: `unsure` until the history is read. */
export function recallOutgoing(sessionId: string): Outgoing | null {
  const known = recallJson(outgoingKey(sessionId), isRemembered)
  return known && { ...known, state: 'unsure', error: null }
}

export const rememberDraft = (sessionId: string, text: string) => remember(draftKey(sessionId), text)
export const recallDraft = (sessionId: string) => recall(draftKey(sessionId)) ?? ''

export const rememberRag = (sessionId: string, on: boolean) => remember(ragKey(sessionId), on ? '1' : '0')

/** Null when this browser was never told otherwise: the chat's own setting counts. */
export function recallRag(sessionId: string): boolean | null {
  const value = recall(ragKey(sessionId))
  return value === null ? null : value === '1'
}

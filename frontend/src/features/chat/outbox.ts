import { recall, recallJson, remember } from '@/lib/storage'
import { afterLoss } from './state/outbox'
import type { Outgoing } from './state/state'

/** What was typed survives a reload: the draft of each chat, and the questions that were not sent yet. */
const outboxKey = (sessionId: string) => `outbox.${sessionId}`
const draftKey = (sessionId: string) => `draft.${sessionId}`
const ragKey = (sessionId: string) => `rag.${sessionId}`

function isOutgoing(value: unknown): value is Outgoing {
  if (typeof value !== 'object' || value === null) return false
  const { clientId, content, useRag, state } = value as Record<string, unknown>
  return typeof clientId === 'string' && typeof content === 'string' && typeof useRag === 'boolean' && typeof state === 'string'
}

const isOutbox = (value: unknown): value is Outgoing[] => Array.isArray(value) && value.every(isOutgoing)

export const rememberOutbox = (sessionId: string, outbox: readonly Outgoing[]) =>
  remember(outboxKey(sessionId), outbox.length === 0 ? null : JSON.stringify(outbox))

/** They may have reached the server before the page went away: they are sent again under their old names. */
export const recallOutbox = (sessionId: string): Outgoing[] => afterLoss(recallJson(outboxKey(sessionId), isOutbox) ?? [])

export const rememberDraft = (sessionId: string, text: string) => remember(draftKey(sessionId), text)
/** Puts a question that was taken back before what has been typed since. */
export function returnToDraft(sessionId: string, text: string): void {
  const typed = recallDraft(sessionId)
  rememberDraft(sessionId, typed === '' ? text : `${text}\n\n${typed}`)
}

export const recallDraft = (sessionId: string) => recall(draftKey(sessionId)) ?? ''

export const rememberRag = (sessionId: string, on: boolean) => remember(ragKey(sessionId), on ? '1' : '0')

/** Null when this browser was never told otherwise: the chat's own setting counts. */
export function recallRag(sessionId: string): boolean | null {
  const value = recall(ragKey(sessionId))
  return value === null ? null : value === '1'
}

import type { ApiErrorBody } from '@/lib/types'
import type { Outgoing } from './state'

type Outbox = readonly Outgoing[]

/** The server stores a question once under its name: what may or may not have arrived is simply sent again. */
export const afterLoss = (outbox: Outbox): Outgoing[] =>
  outbox.map((one) => (one.state === 'sent' || one.state === 'held' ? { ...one, state: 'waiting' } : one))

export const withoutSent = (outbox: Outbox, clientId: string | null | undefined): Outgoing[] =>
  outbox.filter((one) => one.clientId !== clientId)

/** The first one goes before the others; it has been handed to the line. */
export const firstSent = (outbox: Outbox): Outgoing[] => outbox.map((one, at) => (at === 0 ? { ...one, state: 'sent' } : one))

/** A chat that is busy takes it later; anything else the person has to look at. */
export function refused(outbox: Outbox, clientId: string, error: ApiErrorBody): Outgoing[] {
  const busy = error.code === 'run_in_progress'
  return outbox.map((one) => (one.clientId === clientId ? { ...one, state: busy ? 'held' : 'refused', error: busy ? null : error } : one))
}

/** An answer has ended: what the chat was too busy for may be tried again. */
export const released = (outbox: Outbox): Outgoing[] => outbox.map((one) => (one.state === 'held' ? { ...one, state: 'waiting' } : one))

export const retried = (outbox: Outbox, clientId: string): Outgoing[] =>
  outbox.map((one) => (one.clientId === clientId ? { ...one, state: 'waiting', error: null } : one))

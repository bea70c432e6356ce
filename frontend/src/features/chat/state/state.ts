import type { ServerFrame } from '@/lib/frames'
import type { ApiErrorBody, ContextUse, EngineState, Message } from '@/lib/types'

/** One generation on the server, as far as this viewer has seen it. */
export interface Run {
  id: string
  phase: 'queued' | 'reading' | 'writing' | 'restarting'
  messageId: number | null
  text: string
  /** Last token contained in `text`; tokens count from 1. */
  seq: number
  /** Tokens were missed: the viewer has to ask with `resume`. */
  gap: boolean
  queue: { position: number; etaS: number | null } | null
  reading: { done: number; total: number; cached: number; etaS: number | null } | null
  /** The model process is being started again, why it went if that is known, and how long it will take. */
  restart: { cause: string | null; etaS: number | null } | null
}

/** A question that is not yet known to be stored. `held`: the chat was busy, and it goes again when an answer has ended. */
export interface Outgoing {
  /** The name under which the server stores it once, however often it is sent. */
  clientId: string
  content: string
  useRag: boolean
  /** The question that this one words anew. */
  editOf?: number | undefined
  state: 'waiting' | 'sent' | 'held' | 'refused'
  error: ApiErrorBody | null
}

export interface ChatState {
  messages: Message[]
  runs: Readonly<Partial<Record<string, Run>>>
  /** Sent in order, one after the other. */
  outbox: readonly Outgoing[]
  context: ContextUse | null
  error: ApiErrorBody | null
  /** What the model process said last, when it was not ready. */
  model: { state: EngineState; percent: number | null } | null
  loaded: boolean
  hasEarlier: boolean
  /** Counts the reasons to read the history again: another branch is shown, or the server no longer knows a run. */
  rereads: number
  /** The answer that has ended last while this page was watching. */
  ended: number | null
}

export type ChatAction =
  | { type: 'frames'; frames: readonly ServerFrame[] }
  | { type: 'history'; messages: Message[]; hasEarlier: boolean }
  | { type: 'earlier'; messages: Message[]; hasEarlier: boolean }
  | { type: 'submit'; clientId: string; content: string; useRag: boolean; editOf?: number | undefined }
  | { type: 'sent' }
  | { type: 'disconnected' }
  | { type: 'discard'; clientId: string }
  | { type: 'retry'; clientId: string }
  | { type: 'dismiss' }

export const initialChat: ChatState = {
  messages: [],
  runs: {},
  outbox: [],
  context: null,
  error: null,
  model: null,
  loaded: false,
  hasEarlier: false,
  rereads: 0,
  ended: null,
}

export const isFinal = (message: Message) =>
  message.status === 'done' || message.status === 'stopped' || message.status === 'failed'

export function runsOf(state: ChatState): Run[] {
  return Object.values(state.runs).filter((run) => run !== undefined)
}

/** The run whose answer is being made now, rather than one that waits behind it. */
export function activeRun(state: ChatState): Run | undefined {
  const runs = runsOf(state)
  return runs.find((run) => run.phase !== 'queued') ?? runs[0]
}

/** One answer may run and one message may wait behind it. */
export const canSubmit = (state: ChatState) => state.outbox.length === 0 && runsOf(state).length < 2

const MOST_QUEUED = 20

/** Without a line questions may pile up; with one they go one at a time. */
export const canQueue = (state: ChatState, connected: boolean) => (connected ? canSubmit(state) : state.outbox.length < MOST_QUEUED)

import type { ServerFrame } from '@/lib/frames'
import { findFromEnd, replaced } from '@/lib/lists'
import type { ApiErrorBody, Message, Source } from '@/lib/types'
import { answerOf, isInBranch, liveRuns, mergeEarlier, mergeHistory, placed, upsert, withRun, withoutRun } from './messages'
import { afterLoss, firstSent, refused, released, retried, withoutSent } from './outbox'
import { type ChatAction, type ChatState, type Run, isFinal, runsOf } from './state'

type Frame<T extends ServerFrame['type']> = Extract<ServerFrame, { type: T }>

function runOf(state: ChatState, id: string): Run {
  const known = state.runs[id]
  if (known) return known
  const answer = state.messages.find((one) => one.run_id === id && one.role === 'assistant')
  const messageId = answer ? answer.id : null
  return { id, phase: 'queued', messageId, text: '', seq: 0, gap: false, queue: null, reading: null, restart: null }
}

/** A run that ended stays ended: frames that were under way meanwhile must not revive it. */
function isOver(state: ChatState, runId: string): boolean {
  return state.messages.some((one) => one.run_id === runId && one.role === 'assistant' && isFinal(one))
}

function withoutEnded(state: ChatState, runId: string): ChatState {
  return { ...withoutRun(state, runId), outbox: released(state.outbox) }
}

const reread = (state: ChatState): ChatState => ({ ...state, rereads: state.rereads + 1 })

function onStored(before: ChatState, message: Message, clientId: string | null | undefined): ChatState {
  const state = { ...before, outbox: withoutSent(before.outbox, clientId) }
  const messages = placed(state.messages, message)
  if (messages) return { ...state, messages }
  // It follows an answer that has not begun, or stands in a branch that we have not read.
  const last = state.messages.at(-1)
  const next = last?.role === 'user' && message.role === 'user' && last.id < message.id
  return reread(next ? { ...state, messages: [...state.messages, message] } : state)
}

/** Another branch is shown. Until it is read, what is sure to be in it stays. */
function onBranch(state: ChatState, leafId: number | null): ChatState {
  const at = state.messages.findIndex((one) => one.id === leafId)
  const messages = leafId === null ? [] : at < 0 ? state.messages : state.messages.slice(0, at + 1)
  return reread({ ...state, messages })
}

function onStart(state: ChatState, frame: Frame<'stream_start'>): ChatState {
  const id = Number(frame.message.id)
  const known = state.messages.find((one) => one.id === id)
  const message: Message = known
    ? { ...known, content: frame.content, status: 'running', run_id: frame.run_id }
    : answerOf(frame.run_id, id, frame.content, frame.message.parent_id)
  const run: Run = { ...runOf(state, frame.run_id), phase: 'writing', messageId: id, text: frame.content, seq: frame.seq, gap: false }
  if (!isInBranch(state.messages, message)) return withRun(state, run)
  const next = { ...state, messages: upsert(state.messages, message), context: frame.context ?? state.context }
  return withRun(next, run)
}

function onToken(state: ChatState, frame: Frame<'stream_token'>): ChatState {
  const run = runOf(state, frame.run_id)
  if (frame.seq <= run.seq) return state
  if (frame.seq > run.seq + 1) return run.gap ? state : withRun(state, { ...run, phase: 'writing', gap: true })
  return withRun(state, { ...run, phase: 'writing', text: run.text + frame.token, seq: frame.seq, gap: false })
}

function onEnd(state: ChatState, frame: Frame<'stream_end'>): ChatState {
  const run_id = frame.message.run_id ?? frame.run_id
  const status = frame.message.status === 'running' ? 'done' : frame.message.status
  const message: Message = { ...frame.message, run_id, status, finish_reason: frame.finish_reason }
  const rest = withoutEnded(state, frame.run_id)
  return isInBranch(state.messages, message) ? { ...rest, messages: upsert(state.messages, message), ended: message.id } : rest
}

function onRunError(state: ChatState, runId: string, error: ApiErrorBody): ChatState {
  if (isOver(state, runId)) return withoutEnded(state, runId)
  if (error.code === 'not_found') return reread(withoutEnded(state, runId))
  const known = state.messages.find((one) => one.run_id === runId && one.role === 'assistant')
  const elsewhere = !known && (state.messages.at(-1)?.role !== 'user' || typeof state.runs[runId]?.messageId === 'number')
  if (elsewhere) return withoutEnded(state, runId)
  const answer = known ?? answerOf(runId, Math.floor(state.messages.at(-1)?.id ?? 0) + 0.5, '')
  return { ...withoutEnded(state, runId), messages: upsert(state.messages, { ...answer, status: 'failed', error }) }
}

/** A refused `resume` names its run in the params only. */
function runOfError({ error, run_id }: Frame<'error'>): string | undefined {
  const named = run_id ?? error.params?.run_id
  return typeof named === 'string' ? named : undefined
}

function onError(state: ChatState, frame: Frame<'error'>): ChatState {
  const { error, client_id } = frame
  const run_id = runOfError(frame)
  if (run_id !== undefined) return onRunError(state, run_id, error)
  if (typeof client_id === 'string') return { ...state, outbox: refused(state.outbox, client_id, error) }
  return { ...state, error }
}

function onRunFrame(state: ChatState, frame: ServerFrame): ChatState {
  switch (frame.type) {
    case 'queued':
      return withRun(state, {
        ...runOf(state, frame.run_id),
        phase: 'queued',
        queue: { position: frame.position, etaS: frame.eta_s },
      })
    case 'prompt_progress': {
      const { done, total, cached, eta_s: etaS } = frame
      return withRun(state, { ...runOf(state, frame.run_id), phase: 'reading', reading: { done, total, cached, etaS } })
    }
    case 'model_restarting': {
      const { cause, eta_s: etaS } = frame
      return withRun(state, { ...runOf(state, frame.run_id), phase: 'restarting', restart: { cause: cause ?? null, etaS } })
    }
    case 'stream_token':
      return onToken(state, frame)
    case 'stream_rewind':
      return withRun(state, { ...runOf(state, frame.run_id), phase: 'writing', text: frame.content, seq: frame.seq, gap: false })
    default:
      return state
  }
}

function onSource(state: ChatState, messageId: number, n: number, source: Source): ChatState {
  const known = state.messages.find((one) => one.id === messageId)
  const at = known?.sources.findIndex((one) => one.n === n) ?? -1
  if (!known || at < 0) return state
  return { ...state, messages: upsert(state.messages, { ...known, sources: replaced(known.sources, at, source) }) }
}

export function onFrame(state: ChatState, frame: ServerFrame): ChatState {
  switch (frame.type) {
    case 'message_stored':
      return onStored(state, frame.message, frame.client_id)
    case 'message_known':
      return { ...state, outbox: withoutSent(state.outbox, frame.client_id) }
    case 'branch':
      return onBranch(state, frame.leaf_id)
    case 'stream_start':
      return onStart(state, frame)
    case 'stream_end':
      return onEnd(state, frame)
    case 'error':
      return onError(state, frame)
    case 'source_changed':
    case 'source_deleted':
    case 'source_restored':
      return onSource(state, frame.message_id, frame.n, frame.source)
    case 'model_state':
      return { ...state, model: frame.state === 'ready' ? null : { state: frame.state, percent: frame.percent ?? null } }
    default:
      return 'run_id' in frame && frame.run_id && isOver(state, frame.run_id) ? state : onRunFrame(state, frame)
  }
}

function onHistory(state: ChatState, incoming: Message[], hasEarlier: boolean): ChatState {
  const messages = mergeHistory(state, incoming)
  const context = findFromEnd(messages, (one) => one.role === 'assistant' && !!one.context)?.context ?? null
  const beyond = messages[0]?.id !== incoming[0]?.id
  return {
    ...state,
    messages,
    context: runsOf(state).length > 0 ? (state.context ?? context) : context,
    runs: liveRuns(state, messages),
    loaded: true,
    hasEarlier: beyond ? state.hasEarlier : hasEarlier,
  }
}

export function chatReducer(state: ChatState, action: ChatAction): ChatState {
  const { outbox } = state
  switch (action.type) {
    case 'frames':
      return action.frames.reduce(onFrame, state)
    case 'history':
      return onHistory(state, action.messages, action.hasEarlier)
    case 'earlier':
      return { ...state, messages: mergeEarlier(state, action.messages), hasEarlier: action.hasEarlier }
    case 'submit': {
      const { clientId, content, useRag, editOf } = action
      return { ...state, outbox: [...outbox, { clientId, content, useRag, editOf, state: 'waiting', error: null }], error: null }
    }
    case 'sent':
      return { ...state, outbox: firstSent(outbox) }
    case 'retry':
      return { ...state, outbox: retried(outbox, action.clientId) }
    case 'disconnected':
      return { ...state, outbox: afterLoss(outbox) }
    case 'discard':
      return { ...state, outbox: withoutSent(outbox, action.clientId) }
    case 'dismiss':
      return { ...state, error: null }
  }
}

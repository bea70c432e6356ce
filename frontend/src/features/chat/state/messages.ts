import { replaced } from '@/lib/lists'
import type { Message } from '@/lib/types'
import { type ChatState, type Run, isFinal } from './state'

/** Ids of answers that failed before the server told us their message end in .5; the history replaces them. */
export const isProvisional = (message: Message) => !Number.isInteger(message.id)

export function upsert(messages: Message[], message: Message): Message[] {
  const at = messages.findIndex((one) => one.id === message.id)
  if (at >= 0) return replaced(messages, at, message)
  const last = messages.at(-1)
  if (!last || last.id < message.id) return [...messages, message]
  return [...messages, message].sort((a, b) => a.id - b.id)
}

export function answerOf(runId: string, id: number, content: string): Message {
  return {
    id,
    role: 'assistant',
    content,
    status: 'running',
    created_at: new Date().toISOString(),
    rag_context: null,
    sources: [],
    usage: null,
    timings: null,
    run_id: runId,
    error: null,
  }
}

/** What the history says, except where we know more: a final answer stays final, a live one keeps the text streamed here. */
function mergeOne(state: ChatState, incoming: Message): Message {
  const known = state.messages.find((one) => one.id === incoming.id)
  if (!known) return incoming
  if (isFinal(incoming)) return { ...incoming, finish_reason: known.finish_reason }
  if (isFinal(known)) return known
  const run = incoming.run_id === null ? undefined : state.runs[incoming.run_id]
  return run && run.seq > 0 ? { ...incoming, content: run.text } : incoming
}

export function mergeHistory(state: ChatState, incoming: Message[]): Message[] {
  const oldest = incoming[0]?.id ?? Infinity
  const newest = incoming.at(-1)?.id ?? -Infinity
  const kept = state.messages.filter((one) => !isProvisional(one) && (one.id < oldest || one.id > newest))
  return [...kept, ...incoming.map((one) => mergeOne(state, one))].sort((a, b) => a.id - b.id)
}

/** Runs whose answer has ended while we were away are over. */
export function liveRuns(state: ChatState, messages: Message[]): ChatState['runs'] {
  const over = new Set(
    messages.filter((one) => one.role === 'assistant' && one.run_id !== null && isFinal(one)).map((one) => one.run_id),
  )
  return Object.fromEntries(Object.entries(state.runs).filter(([id]) => !over.has(id)))
}

export function withRun(state: ChatState, run: Run): ChatState {
  const runs = { ...state.runs, [run.id]: run }
  const shown = run.messageId === null ? undefined : state.messages.find((one) => one.id === run.messageId)
  if (!shown || shown.content === run.text) return { ...state, runs }
  return { ...state, runs, messages: upsert(state.messages, { ...shown, content: run.text }) }
}

export function withoutRun(state: ChatState, id: string): ChatState {
  return { ...state, runs: Object.fromEntries(Object.entries(state.runs).filter(([key]) => key !== id)) }
}

const comparable = (text: string) => text.normalize('NFC').trim()

export const sameText = (a: string, b: string) => comparable(a) === comparable(b)

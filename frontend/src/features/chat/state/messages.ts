import { lastIndexOf, replaced } from '@/lib/lists'
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

/** The message in the place of its former self, or behind its parent: what stood there is another branch now. Undefined
 * when its parent is not shown. */
export function placed(messages: Message[], message: Message): Message[] | undefined {
  const { parent_id } = message
  if (parent_id === undefined || messages.some((one) => one.id === message.id)) return upsert(messages, message)
  if (parent_id === null) return [message]
  const at = messages.findIndex((one) => one.id === parent_id)
  return at < 0 ? undefined : [...messages.slice(0, at + 1), message]
}

/** Whether a message goes on the branch that is shown, or is in it. */
export function isInBranch(messages: Message[], message: Pick<Message, 'id' | 'parent_id'>): boolean {
  const { id, parent_id } = message
  if (parent_id === undefined || messages.some((one) => one.id === id)) return true
  return parent_id === (messages.at(-1)?.id ?? null)
}

export function answerOf(runId: string, id: number, content: string, parentId?: number | null): Message {
  return {
    id,
    parent_id: parentId,
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
  if (!known || isFinal(incoming)) return incoming
  if (isFinal(known)) return known
  const run = incoming.run_id === null ? undefined : state.runs[incoming.run_id]
  return run && run.seq > 0 ? { ...incoming, content: run.text } : incoming
}

/** As many of the messages (in the order in which they follow) as hang together with `end`, the id before the first one. */
function following(end: number | null, messages: Message[]): Message[] {
  let before = end
  const loose = messages.findIndex((one) => {
    const apart = one.parent_id !== undefined && one.parent_id !== before
    before = one.id
    return apart
  })
  return loose < 0 ? messages : messages.slice(0, loose)
}

/** The same towards the beginning: the messages that `first` stands behind. */
function leadingTo(first: Message | undefined, messages: Message[]): Message[] {
  let parent = first?.parent_id
  const loose = lastIndexOf(messages, (one) => {
    const apart = parent !== undefined && parent !== one.id
    parent = one.parent_id
    return apart
  })
  return messages.slice(loose + 1)
}

/** The newest page of the branch that is shown. What we have beyond it stays where it hangs together with it. */
export function mergeHistory(state: ChatState, incoming: Message[]): Message[] {
  const oldest = incoming[0]?.id ?? -Infinity
  const newest = incoming.at(-1)?.id ?? -Infinity
  const kept = state.messages.filter((one) => !isProvisional(one))
  const earlier = leadingTo(incoming[0], kept.filter((one) => one.id < oldest))
  const later = following(incoming.at(-1)?.id ?? null, kept.filter((one) => one.id > newest))
  return [...earlier, ...incoming.map((one) => mergeOne(state, one)), ...later]
}

/** A page further back; one of a branch that is no longer shown is passed over. */
export function mergeEarlier(state: ChatState, incoming: Message[]): Message[] {
  const first = state.messages[0]
  const older = first ? incoming.filter((one) => one.id < first.id) : incoming
  return [...leadingTo(first, older), ...state.messages]
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
  if (!shown || run.phase !== 'writing' || shown.content === run.text) return { ...state, runs }
  return { ...state, runs, messages: upsert(state.messages, { ...shown, content: run.text }) }
}

export function withoutRun(state: ChatState, id: string): ChatState {
  return { ...state, runs: Object.fromEntries(Object.entries(state.runs).filter(([key]) => key !== id)) }
}

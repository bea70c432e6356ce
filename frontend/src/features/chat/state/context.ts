import { findFromEnd, lastIndexOf } from '@/lib/lists'
import type { Message } from '@/lib/types'
import { type ChatState, activeRun } from './state'

/** How full the model's memory is with this branch, in tokens; null before its first answer. */
export function contextUse(state: ChatState): { used: number; total: number; dropped: number } | null {
  const { context, messages } = state
  if (!context || context.n_ctx <= 0) return null
  const run = activeRun(state)
  const last = findFromEnd(messages, (one) => one.role === 'assistant')
  const said = run ? (run.phase === 'writing' ? run.seq : 0) : 0
  const used = !run && last?.usage ? last.usage.prompt_tokens + last.usage.completion_tokens : context.used + said
  return { used: Math.min(used, context.n_ctx), total: context.n_ctx, dropped: context.dropped_message_ids.length }
}

/** The newest message that no longer fits: it and those before it are behind the fold. -1 when all fit. */
export function foldAt(messages: readonly Message[], state: ChatState): number {
  const gone = new Set(state.context?.dropped_message_ids)
  return gone.size === 0 ? -1 : lastIndexOf(messages, (one) => gone.has(one.id))
}

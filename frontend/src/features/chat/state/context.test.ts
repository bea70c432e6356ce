import { expect, it } from 'vitest'
import { contextUse, foldAt } from './context'
import { answer, play, question, start, token } from './playing'
import { type ChatState, initialChat } from './state'

const context = { n_ctx: 1000, used: 600, dropped_message_ids: [1, 2], dropped_chunk_ids: [] }
const usage = { prompt_tokens: 600, cached_tokens: 0, completion_tokens: 50 }
const ended: ChatState = { ...initialChat, context, messages: [question(1, 'a'), answer(2, 'b'), question(3, 'c'), answer(4, 'd', { status: 'done', usage })] }

it('counts what was read and what was said', () => {
  expect(contextUse(initialChat)).toBeNull()
  expect(contextUse(ended)).toEqual({ used: 650, total: 1000, dropped: 2 })
  const running = play({ ...initialChat, context }, start(), token(1, 'x'), token(2, 'y'))
  expect(contextUse(running)?.used).toBe(602)
  expect(contextUse({ ...ended, context: { ...context, n_ctx: 620 } })?.used).toBe(620)
})

it('folds behind the newest message that no longer fits', () => {
  expect(foldAt(ended.messages, ended)).toBe(1)
  expect(foldAt(ended.messages.slice(2), ended)).toBe(-1)
  expect(foldAt(ended.messages, initialChat)).toBe(-1)
})

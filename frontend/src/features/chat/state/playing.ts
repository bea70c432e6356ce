import type { ServerFrame } from '@/lib/frames'
import type { Message } from '@/lib/types'
import { answerOf } from './messages'
import { chatReducer } from './reducer'
import { type ChatAction, type ChatState, initialChat } from './state'

/** What the tests of the reducer play with. */

export const question = (id: number, content: string, part: Partial<Message> = {}): Message => ({
  ...answerOf('', id, content),
  role: 'user',
  status: 'done',
  run_id: null,
  ...part,
})

export const answer = (id: number, content: string, part: Partial<Message> = {}): Message => ({ ...answerOf('r1', id, content), ...part })

export const start = (seq = 0, content = ''): ServerFrame => ({
  type: 'stream_start',
  run_id: 'r1',
  seq,
  content,
  message: { id: 2, role: 'assistant' },
})
export const token = (seq: number, text: string, run_id = 'r1'): ServerFrame => ({ type: 'stream_token', run_id, seq, token: text })
export const end = (content: string, part: Partial<Message> = {}): ServerFrame => ({
  type: 'stream_end',
  run_id: 'r1',
  seq: 3,
  message: answer(2, content, { status: 'done', ...part }),
  finish_reason: 'stop',
})

export function play(state: ChatState, ...actions: (ChatAction | ServerFrame)[]): ChatState {
  const isFrame = (one: ChatAction | ServerFrame): one is ServerFrame =>
    !['frames', 'history', 'earlier', 'submit', 'sent', 'disconnected', 'discard', 'retry', 'dismiss'].includes(one.type)
  return actions.reduce((now, one) => chatReducer(now, isFrame(one) ? { type: 'frames', frames: [one] } : one), state)
}

export const asked = play(initialChat, { type: 'history', messages: [], hasEarlier: false }, { type: 'message_stored', message: question(1, 'Hi') })
export const textOf = (state: ChatState, id = 2) => state.messages.find((one) => one.id === id)?.content

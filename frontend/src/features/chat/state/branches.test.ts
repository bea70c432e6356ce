import { describe, expect, it } from 'vitest'
import type { ServerFrame } from '@/lib/frames'
import type { Message } from '@/lib/types'
import { answer, asked, play, question, start, textOf, token } from './playing'
import { type ChatAction, type ChatState, initialChat, runsOf } from './state'

describe('versions and branches', () => {
  const first = play(
    initialChat,
    {
      type: 'history',
      messages: [question(1, 'Hi', { parent_id: null }), answer(2, 'Hello', { parent_id: 1, status: 'done' }), question(3, 'More?', { parent_id: 2 }), answer(4, 'No', { parent_id: 3, status: 'done', run_id: 'r0' })],
      hasEarlier: false,
    },
  )
  const ids = (state: ChatState) => state.messages.map((one) => one.id)
  const stored = (message: Message): ServerFrame => ({ type: 'message_stored', message })
  const begun = (parent_id: number, run_id = 'r9', id = 9): ServerFrame => ({ ...start(), run_id, message: { id, role: 'assistant', parent_id } } as ServerFrame)

  it('shows another answer in the place of the first and of what followed it', () => {
    const again = answer(9, '', { parent_id: 1, status: 'queued', run_id: 'r9', versions: [2, 9] })
    const state = play(first, stored(again), begun(1), token(1, 'Hey', 'r9'))
    expect(ids(state)).toEqual([1, 9])
    expect(textOf(state, 9)).toBe('Hey')
  })

  it('shows an edited question behind what stood before it, also the very first', () => {
    expect(ids(play(first, stored(question(9, 'Less?', { parent_id: 2 }))))).toEqual([1, 2, 9])
    expect(ids(play(first, stored(question(9, 'Ho', { parent_id: null }))))).toEqual([9])
  })

  it('takes the sent edit as arrived', () => {
    const sent = play(first, { type: 'submit', clientId: 'c1', content: 'Less?', useRag: false, editOf: 3 })
    expect(sent.outbox[0]?.editOf).toBe(3)
    const arrived: ServerFrame = { type: 'message_stored', message: question(9, 'Less?', { parent_id: 2 }), client_id: 'c1' }
    expect(play(sent, { type: 'sent' }, arrived).outbox).toEqual([])
  })

  it('reads again when another device shows another branch, and takes what was read as the whole truth', () => {
    const told = play(first, { type: 'branch', leaf_id: 8 })
    expect([ids(told), told.rereads]).toEqual([[1, 2, 3, 4], first.rereads + 1])
    const read = play(told, { type: 'history', messages: [question(1, 'Hi', { parent_id: null }), answer(8, 'Yo', { parent_id: 1, status: 'done' })], hasEarlier: false })
    expect(ids(read)).toEqual([1, 8])
    const back = play(read, { type: 'history', messages: [question(1, 'Hi', { parent_id: null }), answer(2, 'Hello', { parent_id: 1, status: 'done' })], hasEarlier: false })
    expect(ids(back)).toEqual([1, 2])
  })

  it('cuts off what was deleted at once', () => {
    expect(ids(play(first, { type: 'branch', leaf_id: 2 }))).toEqual([1, 2])
    expect(ids(play(first, { type: 'branch', leaf_id: null }))).toEqual([])
  })

  it('does not show an answer of a branch that is not shown', () => {
    const state = play(first, begun(1), token(1, 'x', 'r9'))
    expect(ids(state)).toEqual([1, 2, 3, 4])
    expect(runsOf(state)).toHaveLength(1)
    const ended: ServerFrame = { type: 'stream_end', run_id: 'r9', message: answer(9, 'x', { parent_id: 1, status: 'done', run_id: 'r9' }) }
    expect(ids(play(state, ended))).toEqual([1, 2, 3, 4])
    expect(runsOf(play(state, ended))).toEqual([])
    const error = { code: 'busy', message: 'full' }
    expect(ids(play(state, { type: 'error', run_id: 'r9', error }))).toEqual([1, 2, 3, 4])
  })

  it('lets an ended answer go on where it stopped, and keeps its text meanwhile', () => {
    const going = answer(4, 'No', { parent_id: 3, status: 'queued', run_id: 'r0' })
    const waits = play(first, stored(going), { type: 'queued', run_id: 'r0', position: 1, eta_s: null })
    expect(textOf(waits, 4)).toBe('No')
    expect(runsOf(waits)).toHaveLength(1)
    const on: ServerFrame = { type: 'stream_start', run_id: 'r0', seq: 5, content: 'No', message: { id: 4, role: 'assistant', parent_id: 3 }, resumed: true }
    expect(textOf(play(waits, on, token(6, ', yes', 'r0')), 4)).toBe('No, yes')
    expect(textOf(play(first, on, token(6, '!', 'r0')), 4)).toBe('No!')
  })

  it('keeps a question that follows an answer not begun yet, and reads again', () => {
    const state = play(asked, stored(question(3, 'next', { parent_id: 2 })))
    expect([ids(state), state.rereads]).toEqual([[1, 3], asked.rereads + 1])
  })

  it('keeps earlier pages of the same branch and drops those of another', () => {
    const page: ChatAction = { type: 'history', messages: [question(3, 'More?', { parent_id: 2 })], hasEarlier: true }
    const both = play(initialChat, page, { type: 'earlier', messages: [question(1, 'Hi', { parent_id: null }), answer(2, 'Hello', { parent_id: 1, status: 'done' })], hasEarlier: false })
    expect(ids(play(both, page))).toEqual([1, 2, 3])
    expect(play(both, page).hasEarlier).toBe(false)
    const other = play(both, { type: 'history', messages: [question(7, 'Other', { parent_id: 6 })], hasEarlier: true })
    expect(ids(other)).toEqual([7])
    expect(ids(play(other, { type: 'earlier', messages: [question(1, 'Hi', { parent_id: null })], hasEarlier: false }))).toEqual([7])
  })

  it('knows from the history how full the context was', () => {
    const context = { n_ctx: 4096, used: 900, dropped_message_ids: [], dropped_chunk_ids: [] }
    const read = play(initialChat, { type: 'history', messages: [answer(2, 'x', { status: 'done', context })], hasEarlier: false })
    expect(read.context).toEqual(context)
  })
})

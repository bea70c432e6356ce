import { describe, expect, it } from 'vitest'
import type { ServerFrame } from '@/lib/frames'
import { answer, asked, end, play, question, start, textOf, token } from './playing'
import { type ChatAction, activeRun, canQueue, canSubmit, initialChat, runsOf } from './state'

describe('a turn from question to answer', () => {
  it('goes from typed over stored, queued, reading and writing to done', () => {
    const typed = play(initialChat, { type: 'history', messages: [], hasEarlier: false }, { type: 'submit', clientId: 'c1', content: 'Hi', useRag: true })
    expect(typed.outbox).toMatchObject([{ clientId: 'c1', content: 'Hi', useRag: true, state: 'waiting' }])
    expect(canSubmit(typed)).toBe(false)
    const stored = play(typed, { type: 'sent' }, { type: 'message_stored', message: question(1, 'Hi'), client_id: 'c1' })
    expect(stored.outbox).toEqual([])
    const queued = play(stored, { type: 'queued', run_id: 'r1', position: 2, eta_s: 9 })
    expect(activeRun(queued)).toMatchObject({ phase: 'queued', queue: { position: 2, etaS: 9 } })
    const reading = play(queued, { type: 'prompt_progress', run_id: 'r1', done: 10, total: 40, cached: 5, eta_s: 1 })
    expect(activeRun(reading)).toMatchObject({ phase: 'reading', reading: { done: 10, total: 40, cached: 5, etaS: 1 } })
    const writing = play(reading, start(), token(1, 'Hel'), token(2, 'lo'))
    expect(textOf(writing)).toBe('Hello')
    expect(activeRun(writing)).toMatchObject({ phase: 'writing', seq: 2, gap: false })
    const done = play(writing, token(3, '!'), end('Hello!', { sources: [{ document_id: '7', title: 'a.txt' }] }))
    expect(runsOf(done)).toEqual([])
    expect(done.messages.at(-1)).toMatchObject({ content: 'Hello!', status: 'done', run_id: 'r1' })
    expect(canSubmit(done)).toBe(true)
  })

  it('keeps what the context tells about dropped messages', () => {
    const context = { n_ctx: 4096, used: 4000, dropped_message_ids: [1], dropped_chunk_ids: [] }
    expect(play(asked, { ...start(), context } as ServerFrame).context).toEqual(context)
  })

  it('shows a message from another device of the same user', () => {
    const state = play(asked, { type: 'submit', clientId: 'c1', content: 'mine', useRag: false }, { type: 'message_stored', message: question(5, 'theirs') })
    expect(state.messages.map((one) => one.content)).toEqual(['Hi', 'theirs'])
    expect(state.outbox.map((one) => one.content)).toEqual(['mine'])
  })
})

describe('numbered tokens', () => {
  it('ignores what it already has', () => {
    const state = play(asked, start(), token(1, 'a'), token(2, 'b'))
    expect(play(state, token(1, 'a'), token(2, 'b'))).toBe(state)
  })

  it('marks a gap, takes nothing beyond it, and heals when the missing ones come', () => {
    const gap = play(asked, start(), token(1, 'a'), token(3, 'c'), token(4, 'd'))
    expect(textOf(gap)).toBe('a')
    expect(activeRun(gap)).toMatchObject({ seq: 1, gap: true })
    const healed = play(gap, token(2, 'b'), token(3, 'c'), token(4, 'd'))
    expect(textOf(healed)).toBe('abcd')
    expect(activeRun(healed)).toMatchObject({ seq: 4, gap: false })
  })

  it('does not change its state again for more tokens beyond the same gap', () => {
    const gap = play(asked, start(), token(2, 'b'))
    expect(play(gap, token(3, 'c')).runs).toBe(gap.runs)
  })

  it('joins in mid-run with the text so far', () => {
    const state = play(asked, start(40, 'so far'), token(41, ', so good'))
    expect(textOf(state)).toBe('so far, so good')
  })

  it('replaces its text on a rewind', () => {
    const state = play(asked, start(), token(1, 'a'), token(2, 'lost'), { type: 'stream_rewind', run_id: 'r1', seq: 1, content: 'a' }, token(2, 'b'))
    expect(textOf(state)).toBe('ab')
  })

  it('takes an older snapshot after a restart of the server as the truth', () => {
    const state = play(asked, start(), token(1, 'a'), token(2, 'b'), token(3, 'c'), start(1, 'a'), token(2, 'x'))
    expect(textOf(state)).toBe('ax')
  })

  it('does not revive an answer that has ended', () => {
    const done = play(asked, start(), token(1, 'a'), end('a'))
    expect(play(done, token(2, 'b'), { type: 'queued', run_id: 'r1', position: 1, eta_s: null })).toBe(done)
  })
})

describe('coming back', () => {
  it('resumes after the last token it has', () => {
    const away = play(asked, start(), token(1, 'a'), token(2, 'b'), { type: 'disconnected' })
    expect(activeRun(away)).toMatchObject({ id: 'r1', seq: 2 })
    expect(textOf(play(away, token(3, 'c')))).toBe('abc')
  })

  it('keeps streamed text over an older history, and takes a finished answer from it', () => {
    const writing = play(asked, start(), token(1, 'a'), token(2, 'b'))
    const running = play(writing, { type: 'history', messages: [question(1, 'Hi'), answer(2, 'a')], hasEarlier: false })
    expect(textOf(running)).toBe('ab')
    expect(runsOf(running)).toHaveLength(1)
    const ended = play(writing, { type: 'history', messages: [question(1, 'Hi'), answer(2, 'abc', { status: 'done' })], hasEarlier: false })
    expect(textOf(ended)).toBe('abc')
    expect(runsOf(ended)).toEqual([])
  })

  it('never takes a final answer back to running', () => {
    const done = play(asked, start(), token(1, 'a'), end('all'))
    const late = play(done, { type: 'history', messages: [question(1, 'Hi'), answer(2, 'a')], hasEarlier: false })
    expect(late.messages.at(-1)).toMatchObject({ status: 'done', content: 'all' })
  })

  it('sends again under its old name what may not have arrived, and forgets what had', () => {
    const unsure = play(asked, { type: 'submit', clientId: 'c1', content: 'More?', useRag: false }, { type: 'sent' }, { type: 'disconnected' })
    expect(unsure.outbox).toMatchObject([{ clientId: 'c1', state: 'waiting' }])
    expect(play(unsure, { type: 'sent' }, { type: 'message_known', client_id: 'c1', message_id: 3 }).outbox).toEqual([])
    expect(play(unsure, { type: 'sent' }, { type: 'message_stored', message: question(3, 'More?'), client_id: 'c1' }).outbox).toEqual([])
  })

  it('does not mistake an equal question of another device for the one under way', () => {
    const waiting = play(asked, { type: 'submit', clientId: 'c1', content: 'Hi', useRag: false })
    expect(play(waiting, { type: 'message_stored', message: question(3, 'Hi'), client_id: 'x' }).outbox).toHaveLength(1)
  })

  it('keeps questions in their order, and lets each be taken back', () => {
    const ask = (clientId: string): ChatAction => ({ type: 'submit', clientId, content: clientId, useRag: false })
    const queued = play(asked, { type: 'disconnected' }, ask('a'), ask('b'), ask('c'))
    expect(canQueue(queued, false)).toBe(true)
    expect(canQueue(queued, true)).toBe(false)
    const sent = play(queued, { type: 'discard', clientId: 'b' }, { type: 'sent' })
    expect(sent.outbox.map((one) => [one.clientId, one.state])).toEqual([['a', 'sent'], ['c', 'waiting']])
    const stored = play(sent, { type: 'message_stored', message: question(3, 'a'), client_id: 'a' })
    expect(stored.outbox.map((one) => one.clientId)).toEqual(['c'])
  })

  it('holds a question back that the chat is too busy for, until an answer has ended', () => {
    const error = { code: 'run_in_progress', message: 'busy' }
    const writing = play(asked, start(), { type: 'submit', clientId: 'c1', content: 'Next', useRag: false }, { type: 'sent' })
    const held = play(writing, { type: 'error', error, client_id: 'c1' })
    expect(held.outbox).toMatchObject([{ state: 'held', error: null }])
    expect(play(held, end('a')).outbox).toMatchObject([{ state: 'waiting' }])
    expect(play(held, { type: 'disconnected' }).outbox).toMatchObject([{ state: 'waiting' }])
  })

  it('reads the history again when the server no longer knows a run', () => {
    const error = { code: 'not_found', message: 'no run r1', params: { run_id: 'r1' } }
    const state = play(asked, start(), token(1, 'a'), { type: 'error', error })
    expect(state.rereads).toBe(asked.rereads + 1)
    expect(runsOf(state)).toEqual([])
  })

  it('puts earlier pages in front', () => {
    const page = play(initialChat, { type: 'history', messages: [question(8, 'h'), question(9, 'i')], hasEarlier: true })
    const both = play(page, { type: 'earlier', messages: [question(1, 'a'), question(2, 'b')], hasEarlier: false })
    expect(both.messages.map((one) => one.id)).toEqual([1, 2, 8, 9])
    expect(both.hasEarlier).toBe(false)
  })
})

describe('what goes wrong', () => {
  it('ends a run with its error and keeps the text', () => {
    const error = { code: 'model_unavailable', message: 'gone' }
    const state = play(asked, start(), token(1, 'a'), { type: 'error', run_id: 'r1', error })
    expect(state.messages.at(-1)).toMatchObject({ status: 'failed', content: 'a', error })
    expect(runsOf(state)).toEqual([])
  })

  it('shows an answer that failed before it began, until the history brings it', () => {
    const error = { code: 'busy', message: 'full' }
    const state = play(asked, { type: 'queued', run_id: 'r1', position: 1, eta_s: null }, { type: 'error', run_id: 'r1', error })
    expect(state.messages.at(-1)).toMatchObject({ role: 'assistant', status: 'failed', error })
    const read = play(state, { type: 'history', messages: [question(1, 'Hi'), answer(2, '', { status: 'failed', error })], hasEarlier: false })
    expect(read.messages.map((one) => one.id)).toEqual([1, 2])
  })

  it('keeps a refused message to edit or try again', () => {
    const error = { code: 'bad_request', message: 'too long' }
    const refused = play(asked, { type: 'submit', clientId: 'c1', content: 'x', useRag: false }, { type: 'sent' }, { type: 'error', error, client_id: 'c1' })
    expect(refused.outbox).toMatchObject([{ state: 'refused', content: 'x', error }])
    expect(play(refused, { type: 'retry', clientId: 'c1' }).outbox).toMatchObject([{ state: 'waiting', error: null }])
    expect(play(refused, { type: 'discard', clientId: 'c1' }).outbox).toEqual([])
  })

  it('tells an error that belongs to nothing else, until it is dismissed', () => {
    const error = { code: 'bad_request', message: 'malformed' }
    const state = play(asked, { type: 'error', error })
    expect(state.error).toEqual(error)
    expect(play(state, { type: 'dismiss' }).error).toBeNull()
  })

  it('shows what becomes of a source, whether the frame comes once or twice', () => {
    const source = { n: 1, document_id: '7', title: 'a.txt', status: 'current' as const }
    const done = play(asked, start(), token(1, 'a [1]'), end('a [1]', { sources: [source] }))
    const frame: ServerFrame = { type: 'source_changed', message_id: 2, n: 1, source: { ...source, status: 'changed' } }
    const changed = play(done, frame, frame)
    expect(changed.messages.at(-1)?.sources).toEqual([{ ...source, status: 'changed' }])
    expect(changed.messages.at(-1)?.content).toBe('a [1]')
    expect(play(done, { ...frame, n: 2 })).toBe(done)
    expect(play(done, { ...frame, message_id: 99 })).toBe(done)
  })

  it('ignores frames it does not know', () => {
    expect(play(asked, { type: 'pong' }, { type: 'news_of_tomorrow' } as unknown as ServerFrame)).toBe(asked)
  })
})

it('lets one message wait behind a running answer, and no second', () => {
  const running = play(asked, start(), token(1, 'a'))
  expect(canSubmit(running)).toBe(true)
  const waiting = play(running, { type: 'message_stored', message: question(3, 'next') }, { type: 'queued', run_id: 'r2', position: 1, eta_s: null })
  expect(canSubmit(waiting)).toBe(false)
  expect(activeRun(waiting)?.id).toBe('r1')
  const stopped = play(waiting, end('a', { status: 'stopped' }))
  expect(stopped.messages.find((one) => one.id === 2)?.status).toBe('stopped')
  expect(activeRun(stopped)?.id).toBe('r2')
})

import { expect, it } from 'vitest'
import { moved } from '@/lib/lists'
import { LineReader } from '@/lib/ndjson'
import { IDLE, type TrialAction, trialReducer } from './trial'

it('cuts lines wherever the pieces of a stream end', () => {
  const reader = new LineReader()
  expect([...reader.feed('{"a":1}\n{"b'), ...reader.feed('":2}'), ...reader.feed('\n\n{"c":3}\n')]).toEqual([{ a: 1 }, { b: 2 }, { c: 3 }])
})

it('waits, reads, writes and ends', () => {
  const steps: TrialAction[] = [
    { type: 'begin' },
    { type: 'queued', position: 1 },
    { type: 'prompt_progress', done: 5, total: 20 },
    { type: 'stream_token', token: 'Hel' },
    { type: 'stream_token', token: 'lo' },
    { type: 'stream_end', finish_reason: 'stop', usage: { prompt_tokens: 20, completion_tokens: 2 } },
  ]
  const states = steps.map((_step, count) => steps.slice(0, count + 1).reduce(trialReducer, IDLE))
  expect(states.map(({ running, waiting, reading, text }) => [running, waiting, reading?.done ?? null, text])).toEqual([
    [true, true, null, ''],
    [true, true, null, ''],
    [true, false, 5, ''],
    [true, false, null, 'Hel'],
    [true, false, null, 'Hello'],
    [false, false, null, 'Hello'],
  ])
  const failed = trialReducer(states[3] ?? IDLE, { type: 'error', error: { code: 'busy', message: 'busy' } })
  expect([failed.running, failed.text, failed.error?.message]).toEqual([false, 'Hel', 'busy'])
})

it('moves an example where there is a place for it', () => {
  expect(moved(['a', 'b', 'c'], 1, -1)).toEqual(['b', 'a', 'c'])
  expect(moved(['a', 'b', 'c'], 2, 1)).toEqual(['a', 'b', 'c'])
})

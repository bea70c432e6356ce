import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { ServerFrame } from '@/lib/frames'
import { gather } from './gather'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'requestAnimationFrame', 'cancelAnimationFrame'] }))
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const token = (seq: number): ServerFrame => ({ type: 'stream_token', run_id: 'r', seq, token: 'a' })

it('hands on what came once a frame, in order', () => {
  const batches: ServerFrame[][] = []
  const { push } = gather((frames) => void batches.push(frames))
  for (const seq of [1, 2, 3]) push(token(seq))
  vi.advanceTimersToNextFrame()
  push(token(4))
  vi.advanceTimersToNextFrame()
  vi.advanceTimersByTime(1_000)
  expect(batches).toEqual([[token(1), token(2), token(3)], [token(4)]])
})

it('goes on, more slowly, in a window that nobody sees', () => {
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden')
  const handOn = vi.fn()
  const { push } = gather(handOn)
  push(token(1))
  vi.advanceTimersToNextFrame()
  expect(handOn).not.toHaveBeenCalled()
  vi.advanceTimersByTime(250)
  expect(handOn).toHaveBeenCalledExactlyOnceWith([token(1)])
})

it('hands on nothing more once its page is left', () => {
  const handOn = vi.fn()
  const { push, stop } = gather(handOn)
  push(token(1))
  stop()
  vi.advanceTimersByTime(1_000)
  expect(handOn).not.toHaveBeenCalled()
})

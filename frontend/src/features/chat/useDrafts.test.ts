import { act, renderHook } from '@testing-library/react'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type SendDraft, useDrafts, waitMs } from './useDrafts'

const send = vi.fn<SendDraft>()

beforeEach(() => {
  vi.useFakeTimers()
  send.mockReset()
  send.mockReturnValue(true)
})
afterEach(() => {
  vi.useRealTimers()
})

interface Props {
  text: string
  useRag?: boolean
  sender?: SendDraft | null
}

function show(first: Props) {
  return renderHook(({ text, useRag = false, sender = send }: Props) => useDrafts(text, useRag, sender), { initialProps: first })
}

const told = () => send.mock.calls.map(([frame]) => frame.content)
const pass = (ms: number) => {
  act(() => {
    vi.advanceTimersByTime(ms)
  })
}

it('tells of a pause, and about once a second of somebody who does not pause', () => {
  const { rerender } = show({ text: '' })
  for (let count = 1; count <= 30; count += 1) {
    rerender({ text: 'x'.repeat(count) })
    pass(100)
  }
  expect(told().length).toBeGreaterThanOrEqual(2)
  expect(told().length).toBeLessThanOrEqual(3)
  pass(2000)
  expect(told().at(-1)).toBe('x'.repeat(30))
})

it('tells when the text is gone, and nothing twice', () => {
  const { rerender } = show({ text: 'hello' })
  pass(500)
  rerender({ text: 'hello', useRag: true })
  pass(1500)
  rerender({ text: '  ', useRag: true })
  pass(5000)
  expect(told()).toEqual(['hello', 'hello', ''])
  expect(send.mock.calls[1]?.[0].use_rag).toBe(true)
})

it('is silent while an answer is being written, and begins again afterwards', () => {
  const { rerender } = show({ text: 'next question', sender: null })
  pass(5000)
  expect(send).not.toHaveBeenCalled()
  rerender({ text: 'next question' })
  pass(1000)
  expect(told()).toEqual(['next question'])
})

it('tries again with the next change when there was no connection', () => {
  send.mockReturnValueOnce(false)
  const { rerender } = show({ text: 'a' })
  pass(500)
  rerender({ text: 'a b' })
  pass(500)
  expect(told()).toEqual(['a', 'a b'])
})

it('waits for a pause but not for ever', () => {
  expect(waitMs(10_000, 10_000, 0)).toBe(400)
  expect(waitMs(10_900, 10_000, 0)).toBe(100)
  expect(waitMs(10_000, 10_000, 9_800)).toBe(800)
})

import { expect, it } from 'vitest'
import type { SelfTestResult } from '@/lib/types'
import { beforeChange } from './selfTest'

const result = (setup: string, recall_at_k: number, tested = 3): SelfTestResult => ({
  pins: 3,
  tested,
  skipped: 0,
  k: 4,
  recall_at_1: recall_at_k,
  recall_at_k,
  lost: [],
  duration_s: 1,
  setup,
  ran_at: '2026-11-22T10:00:00.000Z',
})

it('compares with the newest result of the search as it was before', () => {
  const results = [result('new', 0.5), result('new', 0.6), result('old', 1, 0), result('old', 0.9), result('older', 0.1)]
  expect(beforeChange(results)?.recall_at_k).toBe(0.9)
  expect(beforeChange([result('new', 0.5)])).toBeUndefined()
  expect(beforeChange([])).toBeUndefined()
})

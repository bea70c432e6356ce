import { beforeEach, expect, it } from 'vitest'
import type { Notice } from '@/lib/api/safety'
import { dismiss, openNotices } from './notices'

const notice = (id: string): Notice => ({ id, kind: 'database_restored', at: '2026-11-22T10:00:00Z', params: {} })

beforeEach(() => localStorage.clear())

it('shows a notice until it was put away here', () => {
  const notices = [notice('a'), notice('b')]
  expect(openNotices(notices)).toEqual(notices)
  dismiss('a')
  expect(openNotices(notices).map(({ id }) => id)).toEqual(['b'])
})

it('survives what others left in the storage', () => {
  for (const junk of ['{', '"x"', 'null', '[1, {}]']) {
    localStorage.setItem('ondol.noticesRead', junk)
    expect(openNotices([notice('a')])).toHaveLength(1)
  }
})

it('remembers the last fifty', () => {
  for (let number = 0; number < 60; number += 1) dismiss(String(number))
  expect(openNotices([notice('5'), notice('59')]).map(({ id }) => id)).toEqual(['5'])
})

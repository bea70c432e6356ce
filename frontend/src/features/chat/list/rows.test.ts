import { expect, it } from 'vitest'
import type { ListedSession } from '@/lib/sessionLists'
import { datedRows, groupOf, listRows } from './rows'

const NOW = new Date(2026, 10, 22, 9, 30)
const at = (month: number, day: number, hour = 12) => new Date(2026, month - 1, day, hour).toISOString()
const chat = (id: number, updated_at: string) => ({ id: String(id), updated_at }) as ListedSession

it('groups by the days of the reader', () => {
  expect(groupOf(at(11, 22, 0), NOW)).toBe('today')
  expect(groupOf(at(11, 23, 1), NOW)).toBe('today')
  expect(groupOf(at(11, 21, 23), NOW)).toBe('yesterday')
  expect(groupOf(at(11, 17), NOW)).toBe('week')
  expect(groupOf(at(11, 1), NOW)).toBe('month')
  expect(groupOf(at(3, 9), NOW)).toBe('2026-03')
})

it('heads each group once and shows a chat of two pages once', () => {
  const rows = datedRows([chat(3, at(11, 22, 8)), chat(2, at(11, 22, 7)), chat(2, at(11, 22, 7)), chat(1, at(3, 1))], NOW)
  expect(rows.map((row) => row.key)).toEqual(['heading today', 'loose 3', 'loose 2', 'heading 2026-03', 'loose 1'])
})

it('puts pinned chats first, then folders with what is open in them', () => {
  const folders = [
    { name: 'Work', count: 2 },
    { name: '집', count: 1 },
  ]
  const listing = { pinned: [chat(9, at(1, 1))], folders, open: { Work: [chat(9, at(1, 1)), chat(8, at(1, 1))], 집: null }, loose: [chat(1, at(11, 22, 8))] }
  expect(listRows(listing, NOW).map((row) => row.key)).toEqual([
    'heading pinned',
    'pinned 9',
    'heading folders',
    'folder Work',
    'in Work 9',
    'in Work 8',
    'folder 집',
    'waiting 집',
    'heading today',
    'loose 1',
  ])
  expect(listRows({ pinned: [], folders: [], open: {}, loose: [] }, NOW)).toEqual([])
})

import { expect, it } from 'vitest'
import { type SessionPage, belongs, droppedFrom, placedIn } from './sessionLists'
import type { Session } from './types'

const chat = (id: number, day: number, more: Partial<Session> = {}): Session =>
  ({ id: String(id), title: `chat ${id}`, updated_at: `2026-11-${String(day).padStart(2, '0')}`, pinned: false, archived: false, folder: '', ...more }) as Session

const ids = (pages: SessionPage[]) => pages.map((page) => page.items.map((one) => one.id).join(' '))
const pages: SessionPage[] = [
  { items: [chat(9, 20), chat(8, 18)], more: true },
  { items: [chat(7, 15), chat(6, 10)], more: true },
]

it('moves a chat that was used to the top, across pages', () => {
  expect(ids(placedIn(pages, chat(6, 22), {}))).toEqual(['6 9 8', '7'])
  expect(ids(placedIn(pages, chat(6, 16), {}))).toEqual(['9 8', '6 7'])
})

it('leaves to the server what lies behind the last page, and adds it where there is no more', () => {
  expect(ids(placedIn(pages, chat(1, 2), {}))).toEqual(['9 8', '7 6'])
  const whole = pages.map((page) => ({ ...page, more: false }))
  expect(ids(placedIn(whole, chat(1, 2), {}))).toEqual(['9 8', '7 6 1'])
  expect(ids(placedIn([{ items: [], more: false }], chat(1, 2), {}))).toEqual(['1'])
})

it('takes a chat out of the lists that it left', () => {
  expect(ids(placedIn(pages, chat(8, 18, { archived: true }), {}))).toEqual(['9', '7 6'])
  expect(ids(placedIn(pages, chat(8, 18, { folder: 'x' }), { folder: '', pinned: false }))).toEqual(['9', '7 6'])
  expect(ids(placedIn(pages, chat(7, 15, { pinned: true }), {}))).toEqual(['7 9 8', '6'])
  expect(droppedFrom(pages, '404')).toBe(pages)
})

it('breaks ties by number and knows what belongs where', () => {
  expect(ids(placedIn(pages, chat(10, 18), {}))).toEqual(['9 10 8', '7 6'])
  expect(belongs(chat(1, 1, { archived: true }), { archived: true })).toBe(true)
  expect(belongs(chat(1, 1, { pinned: true, folder: 'x' }), { folder: 'x' })).toBe(true)
  expect(belongs(chat(1, 1), { q: 'chat' })).toBe(false)
})

it('changes a found chat in its place and keeps where it matched', () => {
  const match = { title: [{ text: 'chat', mark: true }], message: null }
  const found = [{ items: [{ ...chat(3, 3), match }, chat(2, 2)], more: false }]
  const shown = placedIn(found, chat(3, 21, { title: 'new' }), { q: 'chat' })
  expect(ids(shown)).toEqual(['3 2'])
  expect(shown[0]?.items[0]).toMatchObject({ title: 'new', match })
})

import { describe, expect, it, vi } from 'vitest'
import { backoffMs } from './backoff'
import { citationLinks } from './citations'
import { formatBytes, formatDuration, formatWhen } from './format'
import { parseFrame } from './frames'
import { ApiError, isClosed, query, request } from './http'

describe('backoff', () => {
  it('doubles, stays within its bounds, and never waits longer than 15 s', () => {
    expect([0, 1, 2].map((attempt) => backoffMs(attempt, () => 1))).toEqual([500, 1000, 2000])
    expect(backoffMs(0, () => 0)).toBe(250)
    expect(backoffMs(50, () => 1)).toBe(15_000)
  })
})

describe('request', () => {
  const answer = (body: string, status: number) => vi.stubGlobal('fetch', () => Promise.resolve(new Response(status === 204 ? null : body, { status })))

  it('hands on the typed error of the server', async () => {
    answer('{"error":{"code":"not_found","message":"no such chat","params":{"id":"9"},"request_id":"q1"}}', 404)
    const error = await request('GET', '/x').catch((one: unknown) => one)
    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({ status: 404, code: 'not_found', params: { id: '9' }, requestId: 'q1' })
  })

  it('makes an error of a page that is no JSON, and of no answer at all', async () => {
    answer('<html>Bad gateway</html>', 502)
    await expect(request('GET', '/x')).rejects.toMatchObject({ status: 502, code: 'internal' })
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('failed')))
    await expect(request('GET', '/x')).rejects.toMatchObject({ status: 0, code: 'unreachable' })
  })

  it('knows a box that keeps shut from one that refuses a single thing', () => {
    const closed = (status: number, code: string) => isClosed(new ApiError(status, { code, message: '' }))
    expect([closed(503, 'upgrade_failed'), closed(503, 'disk_full')]).toEqual([true, true])
    expect([closed(507, 'disk_full'), closed(503, 'busy'), isClosed(null)]).toEqual([false, false, false])
  })

  it('takes an empty answer', async () => {
    answer('', 204)
    await expect(request('DELETE', '/x')).resolves.toBeUndefined()
  })

  it('writes queries without what is not set', () => {
    expect(query({ limit: 5, before: undefined, q: '온돌 1' })).toBe('?limit=5&q=%EC%98%A8%EB%8F%8C+1')
    expect(query({ q: '' })).toBe('')
  })
})

describe('frames', () => {
  it('are JSON objects with a type, all else is dropped', () => {
    expect(parseFrame('{"type":"pong"}')).toEqual({ type: 'pong' })
    for (const text of ['{"type":1}', '[]', 'null', '{', '"pong"']) expect(parseFrame(text)).toBeUndefined()
  })
})

describe('citations', () => {
  it('become links where there is a source, and nowhere else', () => {
    const tree = {
      type: 'root',
      children: [
        { type: 'paragraph', children: [{ type: 'text', value: 'So [1], not [3].' }, { type: 'inlineCode', value: 'a[1]' }] },
        { type: 'code', value: 'b[1]' },
      ],
    }
    citationLinks(['/library/7', '/library/8'])()(tree)
    expect(tree.children[0]).toEqual({
      type: 'paragraph',
      children: [
        { type: 'text', value: 'So ' },
        { type: 'link', url: '/library/7', children: [{ type: 'text', value: '[1]' }] },
        { type: 'text', value: ', not [3].' },
        { type: 'inlineCode', value: 'a[1]' },
      ],
    })
    expect(tree.children[1]).toEqual({ type: 'code', value: 'b[1]' })
  })
})

describe('formats', () => {
  it('sizes, spans and times in the language of the reader', () => {
    expect(formatBytes(999, 'en')).toBe('999 B')
    expect(formatBytes(4_370_000_000, 'en')).toBe('4.4 GB')
    expect(formatDuration(0.2, 'en')).toBe('1 sec')
    expect(formatDuration(3_900, 'en')).toBe('1 hr 5 min')
    expect(formatDuration(8, 'ko')).toBe('8초')
    const now = new Date('2026-11-22T15:00:00')
    expect(formatWhen('2026-11-22T09:05:00', 'en', now)).toMatch(/9:05/)
    expect(formatWhen('2026-11-20T09:05:00', 'en', now)).toBe('Fri')
    expect(formatWhen('2025-01-02T09:05:00', 'en', now)).toBe('Jan 2, 2025')
    expect(formatWhen('nonsense', 'en', now)).toBe('')
  })
})

import { describe, expect, it } from 'vitest'
import { NOT_PAGES, USER_HEADER, isKept, keyFor } from './rules'

const asked = (path: string, user: string | null = '7', method = 'GET') => ({
  method,
  url: `https://ondol.local${path}`,
  headers: new Headers(user === null ? {} : { [USER_HEADER]: user }),
})

describe('what is kept for a reader without a line', () => {
  it('are past chats of the person who is logged in', () => {
    for (const path of ['/api/sessions/?limit=50', '/api/sessions/folders/', '/api/sessions/12/', '/api/sessions/12/messages/?limit=50', '/api/prompts/templates/']) {
      expect(isKept(asked(path)), path).toBe(true)
      expect(isKept(asked(path, null)), path).toBe(false)
      expect(isKept(asked(path, '7', 'POST')), path).toBe(false)
    }
  })

  it('are no logins, live states, documents, searches or exports', () => {
    for (const path of ['/api/auth/user/', '/api/engine/', '/api/rag/documents/', '/api/sessions/?q=rent', '/api/sessions/12/export/', '/ws/chat/1/', '/metrics'])
      expect(isKept(asked(path)), path).toBe(false)
  })

  it('lies under another key for every person', () => {
    const keys = ['7', '8'].map((user) => keyFor(asked('/api/sessions/?limit=50', user)))
    expect(keys).toEqual(['https://ondol.local/api/sessions/?limit=50&x-ondol-user=7', 'https://ondol.local/api/sessions/?limit=50&x-ondol-user=8'])
  })
})

it('tells places of the page from what the box serves itself', () => {
  const isPage = (path: string) => !NOT_PAGES.some((one) => one.test(path))
  expect(['/', '/chat/7', '/library/3', '/status', '/login'].filter((path) => !isPage(path))).toEqual([])
  expect(['/api/docs', '/metrics', '/healthz', '/docs/swagger-ui.css', '/THIRD-PARTY-LICENSES.txt', '/favicon.svg'].filter(isPage)).toEqual([])
})

/** What is kept for a reader without a line, and under which key. Pure, so that it can be tested without a worker. */

/** The page says who is logged in with this header; without it nothing is kept. */
export const USER_HEADER = 'x-ondol-user'
export const CHATS = 'ondol-chats'
export const MOST_ANSWERS = 400

const KEPT = [/^\/api\/sessions\/$/, /^\/api\/sessions\/folders\/$/, /^\/api\/sessions\/\d+\/$/, /^\/api\/sessions\/\d+\/messages\/$/, /^\/api\/prompts\/templates\/$/]

interface Asked {
  method: string
  url: string
  headers: { get: (name: string) => string | null }
}

/** Past chats and what their list needs. Never logins, documents, live states, or what changes anything. */
export function isKept({ method, url, headers }: Asked): boolean {
  const { pathname, searchParams } = new URL(url)
  return method === 'GET' && headers.get(USER_HEADER) !== null && !searchParams.has('q') && KEPT.some((one) => one.test(pathname))
}

/** The same address holds other chats for another person. */
export function keyFor({ url, headers }: Asked): string {
  const key = new URL(url)
  key.searchParams.set(USER_HEADER, headers.get(USER_HEADER) ?? '')
  return key.href
}

/** Addresses of the box that are no place of the page. */
export const NOT_PAGES = [/^\/api\//, /^\/v1\//, /^\/ws\//, /^\/docs\//, /^\/metrics/, /^\/healthz/, /^\/readyz/, /\.[a-z0-9]{2,5}$/]

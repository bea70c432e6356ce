import type { Session } from './types'

export interface Piece {
  text: string
  mark: boolean
}

/** Where a search matched: the whole title in pieces, the newest message that matches. */
export interface SessionMatch {
  title: Piece[] | null
  message: { message_id: number; role: 'user' | 'assistant' | 'system'; excerpt: Piece[] } | null
}

export interface ListedSession extends Session {
  match?: SessionMatch | null
}

export interface SessionFolder {
  name: string
  count: number
}

export type BulkAction = 'pin' | 'unpin' | 'archive' | 'unarchive' | 'move' | 'delete' | 'restore'

/** What a list of chats shows; a search only changes what it has, the server alone knows what it finds. */
export interface SessionFilter {
  q?: string
  archived?: boolean
  pinned?: boolean
  folder?: string
}

/** A piece of a list; `more`: the server has further ones behind it. */
export interface SessionPage {
  items: ListedSession[]
  more: boolean
}

export function belongs(session: Session, filter: SessionFilter): boolean {
  if (filter.q !== undefined) return false
  const { pinned, folder } = filter
  const fits = (pinned === undefined || session.pinned === pinned) && (folder === undefined || session.folder === folder)
  return fits && session.archived === (filter.archived ?? false)
}

/** Whether `a` stands above `b`: pinned ones first, then by last use. */
function above(a: Session, b: Session): boolean {
  if (a.pinned !== b.pinned) return a.pinned
  if (a.updated_at !== b.updated_at) return a.updated_at > b.updated_at
  return Number(a.id) > Number(b.id)
}

export const droppedFrom = (pages: SessionPage[], id: string): SessionPage[] =>
  pages.some((page) => page.items.some((one) => one.id === id))
    ? pages.map((page) => ({ ...page, items: page.items.filter((one) => one.id !== id) }))
    : pages

/** The pages with the session where it stands now; behind the last loaded page it comes with a later one. */
export function placedIn(pages: SessionPage[], session: Session, filter: SessionFilter): SessionPage[] {
  if (filter.q !== undefined) {
    const shown = (one: ListedSession) => (one.id === session.id ? { ...session, match: one.match ?? null } : one)
    return pages.map((page) => ({ ...page, items: page.items.map(shown) }))
  }
  const rest = droppedFrom(pages, session.id)
  if (!belongs(session, filter)) return rest
  const at = rest.findIndex((page) => page.items.some((one) => above(session, one)))
  const target = at >= 0 ? at : rest.length - 1
  const page = rest[target]
  if (!page || (at < 0 && page.more)) return rest
  const place = page.items.findIndex((one) => above(session, one))
  const cut = place < 0 ? page.items.length : place
  const items = [...page.items.slice(0, cut), session, ...page.items.slice(cut)]
  return rest.map((one, index) => (index === target ? { ...page, items } : one))
}

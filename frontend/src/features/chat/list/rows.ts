import type { ListedSession, SessionFolder } from '@/lib/sessionLists'

export type Group = 'today' | 'yesterday' | 'week' | 'month' | (string & {})

export type Row =
  | { kind: 'heading'; key: string; group: Group }
  | { kind: 'folder'; key: string; folder: SessionFolder; open: boolean }
  | { kind: 'session'; key: string; session: ListedSession; inFolder: boolean }
  | { kind: 'waiting'; key: string }

const DAY_MS = 86_400_000

/** Today, yesterday, the last 7 and 30 days, else the month as "2026-03"; all by the reader's clock. */
export function groupOf(iso: string, now: Date): Group {
  const then = new Date(iso)
  const midnight = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime()
  const age = midnight - then.getTime()
  if (age <= 0) return 'today'
  if (age <= DAY_MS) return 'yesterday'
  if (age <= 7 * DAY_MS) return 'week'
  if (age <= 30 * DAY_MS) return 'month'
  return `${then.getFullYear()}-${String(then.getMonth() + 1).padStart(2, '0')}`
}

/** Chats under headings of time; the same chat twice (pages that overlap) stands once. */
export function datedRows(sessions: readonly ListedSession[], now: Date): Row[] {
  const rows: Row[] = []
  const seen = new Set<string>()
  let last: Group | null = null
  for (const session of sessions) {
    if (seen.has(session.id)) continue
    seen.add(session.id)
    const group = groupOf(session.updated_at, now)
    if (group !== last) rows.push({ kind: 'heading', key: `heading ${group}`, group })
    last = group
    rows.push({ kind: 'session', key: `loose ${session.id}`, session, inFolder: false })
  }
  return rows
}

export const plainRows = (sessions: readonly ListedSession[], place: string, inFolder = false): Row[] =>
  sessions.map((session) => ({ kind: 'session', key: `${place} ${session.id}`, session, inFolder }))

export interface Listing {
  pinned: readonly ListedSession[]
  folders: readonly SessionFolder[]
  /** The chats of the open folders; null while they are fetched. */
  open: Readonly<Record<string, readonly ListedSession[] | null | undefined>>
  loose: readonly ListedSession[]
}

/** The whole list: pinned ones, folders with what is open in them, then everything else by time. */
export function listRows({ pinned, folders, open, loose }: Listing, now: Date): Row[] {
  const rows: Row[] = []
  if (pinned.length > 0) rows.push({ kind: 'heading', key: 'heading pinned', group: 'pinned' }, ...plainRows(pinned, 'pinned'))
  if (folders.length > 0) rows.push({ kind: 'heading', key: 'heading folders', group: 'folders' })
  for (const folder of folders) {
    const inside = open[folder.name]
    rows.push({ kind: 'folder', key: `folder ${folder.name}`, folder, open: inside !== undefined })
    if (inside === null) rows.push({ kind: 'waiting', key: `waiting ${folder.name}` })
    else if (inside) rows.push(...plainRows(inside, `in ${folder.name}`, true))
  }
  return [...rows, ...datedRows(loose, now)]
}

import { useMemo } from 'react'
import { useFolderSessions, useFolders, useSessions } from '@/lib/api/sessions'
import type { SessionPage } from '@/lib/sessionLists'
import { type Row, datedRows, listRows, plainRows } from './rows'

const itemsOf = (data: { pages: SessionPage[] } | undefined) => data?.pages.flatMap((page) => page.items) ?? []

export interface Listing {
  rows: Row[]
  /** Nothing to show yet. */
  waiting: boolean
  error: Error | null
  retry: () => void
  loadMore: (() => void) | null
}

/** What the list shows: a search, the archive, or everything else with the chats of the open folders. */
export function useListing(q: string, archive: boolean, open: readonly string[]): Listing {
  const main = q === '' && !archive
  const loose = useSessions({ folder: '', pinned: false }, main)
  const pinned = useSessions({ pinned: true }, main)
  const folders = useFolders(main)
  const inside = useFolderSessions(main ? open : [])
  const archived = useSessions({ archived: true }, q === '' && archive)
  const found = useSessions({ q }, q !== '')
  const shown = q !== '' ? found : archive ? archived : loose

  const rows = useMemo(() => {
    if (q !== '') return plainRows(itemsOf(found.data), 'found')
    const now = new Date()
    if (archive) return datedRows(itemsOf(archived.data), now)
    return listRows({ pinned: itemsOf(pinned.data), folders: folders.data ?? [], open: inside, loose: itemsOf(loose.data) }, now)
  }, [q, archive, found.data, archived.data, pinned.data, folders.data, inside, loose.data])

  const asked = main ? [loose, pinned, folders] : [shown]
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = shown
  return {
    rows,
    waiting: asked.some((query) => query.data === undefined && !query.error),
    error: asked.find((query) => query.data === undefined && query.error)?.error ?? null,
    retry: () => asked.forEach((query) => void query.refetch()),
    loadMore: hasNextPage && !isFetchingNextPage ? () => void fetchNextPage() : null,
  }
}

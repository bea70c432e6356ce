import {
  type InfiniteData,
  type QueryClient,
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQueries,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query'
import { query, request } from '@/lib/http'
import { findFromEnd } from '@/lib/lists'
import { type BulkAction, type ListedSession, type SessionFilter, type SessionFolder, type SessionPage, droppedFrom, placedIn } from '@/lib/sessionLists'
import type { Message, Session, SettingsPatch, SourceDiff } from '@/lib/types'

const PAGE = 100
const FOLDER_PAGE = 500
const MAX_BULK = 500
export const MESSAGES_PAGE = 50
const allListsKey = ['sessions'] as const
const foldersKey = ['sessions', 'folders'] as const
const listKey = (filter: SessionFilter) => ['sessions', 'list', filter] as const
const oneKey = (id: string) => ['session', id] as const

export interface SessionChange {
  title?: string
  settings?: SettingsPatch
  pinned?: boolean
  archived?: boolean
  folder?: string
}

type Pages = InfiniteData<SessionPage, string | undefined>

export async function getSessions(filter: SessionFilter, before?: string, limit = PAGE): Promise<SessionPage> {
  // An empty folder asks for chats in none, so it must be sent.
  const folder = filter.folder === '' ? '&folder=' : ''
  const items = await request<ListedSession[]>('GET', `/api/sessions/${query({ limit, ...filter, before })}${folder}`)
  return { items, more: items.length === limit }
}
export const getSession = (id: string) => request<Session>('GET', `/api/sessions/${id}/`)
export const postSession = (change: SessionChange) => request<Session>('POST', '/api/sessions/', change)
export const putSession = (id: string, change: SessionChange) => request<Session>('PUT', `/api/sessions/${id}/`, change)
export const getFolders = () => request<SessionFolder[]>('GET', '/api/sessions/folders/')
export const exportUrl = (id: string, format: 'markdown' | 'json') => `/api/sessions/${id}/export/?format=${format}`
export const getMessages = (id: string, before?: number) =>
  request<Message[]>('GET', `/api/sessions/${id}/messages/${query({ limit: MESSAGES_PAGE, before })}`)

export function useSourceDiff(session: string, message: number, n: number) {
  return useQuery({
    queryKey: ['source-diff', session, message, n],
    queryFn: () => request<SourceDiff>('GET', `/api/sessions/${session}/messages/${message}/sources/${n}/diff/`),
    staleTime: 0,
    gcTime: 0,
  })
}

const paged = (filter: SessionFilter) => ({
  queryKey: listKey(filter),
  queryFn: ({ pageParam }: { pageParam: string | undefined }) => getSessions(filter, pageParam),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page: SessionPage, pages: SessionPage[]) =>
    page.more ? findFromEnd(pages, (one) => one.items.length > 0)?.items.at(-1)?.id : undefined,
  // The events socket keeps the lists: they need not be asked for again.
  staleTime: Infinity,
})

export function useSessions(filter: SessionFilter, enabled = true) {
  return useInfiniteQuery({ ...paged(filter), enabled, ...(filter.q === undefined ? {} : { staleTime: 0, placeholderData: keepPreviousData }) })
}

export const useFolders = (enabled = true) => useQuery({ queryKey: foldersKey, queryFn: getFolders, staleTime: Infinity, enabled })

/** The chats of open folders by folder, the first 500 of each; null while they are fetched. */
export function useFolderSessions(folders: readonly string[]): Record<string, ListedSession[] | null> {
  const queries = folders.map((folder) => ({
    queryKey: listKey({ folder }),
    queryFn: async (): Promise<Pages> => ({ pages: [await getSessions({ folder }, undefined, FOLDER_PAGE)], pageParams: [undefined] }),
    staleTime: Infinity,
  }))
  return useQueries({
    queries,
    combine: (results) =>
      Object.fromEntries(results.map(({ data }, at) => [folders[at] ?? '', data ? data.pages.flatMap((page) => page.items) : null])),
  })
}

export function useSession(id: string | undefined) {
  return useQuery({
    queryKey: oneKey(id ?? ''),
    queryFn: () => getSession(id ?? ''),
    enabled: id !== undefined,
  })
}

function changeLists(client: QueryClient, change: (pages: SessionPage[], filter: SessionFilter) => SessionPage[]): void {
  for (const [key, data] of client.getQueriesData<Pages>({ queryKey: ['sessions', 'list'] })) {
    if (!data) continue
    const pages = change(data.pages, key[2] as SessionFilter)
    if (pages !== data.pages) client.setQueryData<Pages>(key, { ...data, pages })
  }
}

function listed(client: QueryClient, id: string): Session | undefined {
  for (const [, data] of client.getQueriesData<Pages>({ queryKey: ['sessions', 'list'] })) {
    for (const page of data?.pages ?? []) {
      const found = page.items.find((one) => one.id === id)
      if (found) return found
    }
  }
  return client.getQueryData<Session>(oneKey(id))
}

/** Shows a session that a socket or an answer told about, without asking the server again. */
export function showSession(client: QueryClient, session: Session): void {
  const before = listed(client, session.id)
  client.setQueryData(oneKey(session.id), session)
  changeLists(client, (pages, filter) => placedIn(pages, session, filter))
  if (before?.folder !== session.folder || before.archived !== session.archived) void client.invalidateQueries({ queryKey: foldersKey })
}

export function dropSession(client: QueryClient, id: string): void {
  if (listed(client, id)?.folder !== '') void client.invalidateQueries({ queryKey: foldersKey })
  changeLists(client, (pages) => droppedFrom(pages, id))
}

export const refreshSessions = (client: QueryClient) => client.invalidateQueries({ queryKey: allListsKey })

export function useCreateSession() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: postSession,
    onSuccess: (session) => {
      showSession(client, session)
    },
  })
}

export function useChangeSession() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ id, change }: { id: string; change: SessionChange }) => putSession(id, change),
    onSuccess: (session) => {
      showSession(client, session)
    },
  })
}

export interface BulkChange {
  ids: string[]
  action: BulkAction
  folder?: string
}

async function postBulk({ ids, action, folder }: BulkChange): Promise<string[]> {
  const changed: string[] = []
  for (let at = 0; at < ids.length; at += MAX_BULK) {
    const body = { ids: ids.slice(at, at + MAX_BULK), action, folder }
    changed.push(...(await request<{ changed: string[] }>('POST', '/api/sessions/bulk/', body)).changed)
  }
  return changed
}

const PLACES: Partial<Record<BulkAction, Partial<Session>>> = {
  pin: { pinned: true },
  unpin: { pinned: false },
  archive: { archived: true },
  unarchive: { archived: false },
}

/** Pins, archives, moves, deletes or brings back any number of chats. */
export function useBulkChange() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: postBulk,
    onSuccess: (changed, { action, folder }) => {
      if (action === 'restore') return refreshSessions(client)
      const place = action === 'move' ? { folder: folder ?? '' } : PLACES[action]
      for (const id of changed) {
        const before = listed(client, id)
        if (action === 'delete') dropSession(client, id)
        else if (before) showSession(client, { ...before, ...place })
      }
      return undefined
    },
  })
}

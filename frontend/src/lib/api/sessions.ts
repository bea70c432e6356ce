import {
  type InfiniteData,
  type QueryClient,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query'
import { query, request } from '@/lib/http'
import type { Message, Session, SettingsPatch, SourceDiff } from '@/lib/types'

const PAGE = 50
export const MESSAGES_PAGE = 50
const listKey = ['sessions'] as const
const oneKey = (id: string) => ['session', id] as const

export interface SessionChange {
  title?: string
  settings?: SettingsPatch
}

export const getSessions = (before?: string) =>
  request<Session[]>('GET', `/api/sessions/${query({ limit: PAGE, before })}`)
export const getSession = (id: string) => request<Session>('GET', `/api/sessions/${id}/`)
export const postSession = (change: SessionChange) => request<Session>('POST', '/api/sessions/', change)
export const putSession = (id: string, change: SessionChange) => request<Session>('PUT', `/api/sessions/${id}/`, change)
export const deleteSession = (id: string) => request<undefined>('DELETE', `/api/sessions/${id}/`)
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

export function useSessions() {
  return useInfiniteQuery({
    queryKey: listKey,
    queryFn: ({ pageParam }) => getSessions(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => (page.length < PAGE ? undefined : page.at(-1)?.id),
  })
}

export function useSession(id: string | undefined) {
  return useQuery({
    queryKey: oneKey(id ?? ''),
    queryFn: () => getSession(id ?? ''),
    enabled: id !== undefined,
  })
}

/** Shows a session that a socket or an answer told about, without asking the server again. */
export function showSession(client: QueryClient, session: Session): void {
  client.setQueryData(oneKey(session.id), session)
  client.setQueryData<InfiniteData<Session[], string | undefined>>(listKey, (data) => {
    if (!data) return data
    const known = data.pages.some((page) => page.some((one) => one.id === session.id))
    const pages = data.pages.map((page) => page.map((one) => (one.id === session.id ? session : one)))
    return { ...data, pages: known ? pages : pages.map((page, index) => (index === 0 ? [session, ...page] : page)) }
  })
}

export const refreshSessions = (client: QueryClient) => client.invalidateQueries({ queryKey: listKey })

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

export function useDeleteSession() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: deleteSession,
    onSuccess: (_nothing, id) => {
      client.removeQueries({ queryKey: oneKey(id) })
      return refreshSessions(client)
    },
  })
}

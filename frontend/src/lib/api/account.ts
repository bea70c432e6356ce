import { type QueryClient, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { ApiError, request } from '@/lib/http'
import { lastUser, rememberUser } from '@/lib/lastUser'
import type { TextSize } from '@/lib/textSize'
import type { User } from '@/lib/types'
import { sendForm } from '@/lib/upload'

export const userKey = ['user'] as const
/** A box that is closed for now is asked again, so that nobody needs to. */
const AGAIN_MS = 5_000

export const getUser = () => request<User>('GET', '/api/auth/user/')
export const postLogin = (username: string) => request<User>('POST', '/api/auth/login/', { username })
export const postLogout = () => request<undefined>('POST', '/api/auth/logout/')

/** Without a line the last user may still read what was seen here; whether the cookie is good turns out later. */
function onUserError(error: unknown): User | null {
  if (!(error instanceof ApiError)) throw error
  const known = error.status === 0 ? lastUser() : null
  if (error.status === 401) rememberUser(null)
  else if (!known) throw error
  return known
}

async function askUser(): Promise<User> {
  const user = await getUser()
  rememberUser(user)
  return user
}

/** `data` is null when nobody is logged in; an error is only what is not a 401. */
export function useUser() {
  return useQuery({
    queryKey: userKey,
    queryFn: () => askUser().catch(onUserError),
    staleTime: 5 * 60_000,
    refetchInterval: ({ state }) => (state.error ? AGAIN_MS : false),
  })
}

/** Nothing that one user has seen may be shown to the next. */
function changeUser(client: QueryClient, user: User | null): void {
  rememberUser(user)
  client.setQueryData(userKey, user)
  client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== userKey[0] })
}

export function useLogin() {
  const client = useQueryClient()
  return useMutation({ mutationFn: postLogin, onSuccess: (user) => changeUser(client, user) })
}

export function useLogout() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: postLogout,
    onSuccess: () => changeUser(client, null),
  })
}

// --- what a person has set ---------------------------------------------------------------------------------------------

export interface Preferences {
  language: 'ko' | 'en' | null
  theme: 'system' | 'light' | 'dark' | null
  text_size: TextSize | null
}

export interface Account {
  username: string
  display_name: string
  preferences: Preferences
}

const accountKey = ['account'] as const
export const ACCOUNT_EXPORT = '/api/account/export/'
export const CHATS_EXPORT = '/api/sessions/export/'

export function useAccount() {
  return useQuery({ queryKey: accountKey, queryFn: () => request<Account>('GET', '/api/account/'), staleTime: 5 * 60_000 })
}

/** The name to call somebody by. */
export function useShownName(): string {
  const { data: user } = useUser()
  const { data: account } = useAccount()
  return account?.display_name ?? user?.username ?? ''
}

export function useChangeAccount() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (change: { display_name?: string; preferences?: Preferences }) => request<Account>('PUT', '/api/account/', change),
    onSuccess: (account) => {
      client.setQueryData(accountKey, account)
    },
  })
}

export function useDeleteAccount() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (username: string) => request<undefined>('DELETE', '/api/account/', { username }),
    onSuccess: () => changeUser(client, null),
  })
}

export interface ImportedChats {
  imported: number
  messages: number
  skipped_count: number
  skipped: { title: string; reason: 'already_there' | 'empty' | 'malformed' | 'too_large'; detail: string }[]
  left_out: number
}

export function useImportChats() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: async (file: File) => {
      const form = new FormData()
      form.append('file', file, file.name)
      return JSON.parse(await sendForm('/api/sessions/import/', form, () => undefined)) as ImportedChats
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ['sessions'] }),
  })
}

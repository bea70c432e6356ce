import { type QueryClient, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { ApiError, request } from '@/lib/http'
import { lastUser, rememberUser } from '@/lib/lastUser'
import type { User } from '@/lib/types'

export const userKey = ['user'] as const

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

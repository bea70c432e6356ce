import { type QueryClient, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { ApiError, request } from '@/lib/http'
import type { User } from '@/lib/types'

export const userKey = ['user'] as const

export const getUser = () => request<User>('GET', '/api/auth/user/')
export const postLogin = (username: string) => request<User>('POST', '/api/auth/login/', { username })
export const postLogout = () => request<undefined>('POST', '/api/auth/logout/')

/** `data` is null when nobody is logged in; an error is only what is not a 401. */
export function useUser() {
  return useQuery({
    queryKey: userKey,
    queryFn: () =>
      getUser().catch((error: unknown) => {
        if (error instanceof ApiError && error.status === 401) return null
        throw error
      }),
    staleTime: 5 * 60_000,
  })
}

/** Nothing that one user has seen may be shown to the next. */
function changeUser(client: QueryClient, user: User | null): void {
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

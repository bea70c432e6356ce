import { useQuery } from '@tanstack/react-query'
import { query, request } from '@/lib/http'
import type { Happening } from '@/lib/types'

const HAPPENINGS_POLL_MS = 15_000

export const getHappenings = (limit: number) => request<Happening[]>('GET', `/api/status/happenings/${query({ limit })}`)

/** Newest first; asked again now and then while the page is to be seen. */
export function useHappenings(limit: number) {
  return useQuery({
    queryKey: ['happenings', limit],
    queryFn: () => getHappenings(limit),
    refetchInterval: HAPPENINGS_POLL_MS,
  })
}

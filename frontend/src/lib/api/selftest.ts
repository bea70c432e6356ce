import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { request } from '@/lib/http'
import type { SelfTestResult } from '@/lib/types'

const resultsKey = ['selftest'] as const

export const getSelfTestResults = () => request<SelfTestResult[]>('GET', '/api/rag/selftest/results/')
export const runSelfTest = () => request<SelfTestResult>('GET', '/api/rag/selftest/')
const thumbOf = (session: string, message: number) => `/api/sessions/${session}/messages/${message}/feedback/`

/** Newest first. */
export function useSelfTestResults() {
  return useQuery({ queryKey: resultsKey, queryFn: getSelfTestResults })
}

export function useRunSelfTest() {
  const client = useQueryClient()
  return useMutation({ mutationFn: runSelfTest, onSettled: () => client.invalidateQueries({ queryKey: resultsKey }) })
}

export function useThumb(session: string, message: number) {
  return useMutation({
    mutationFn: (up: boolean) =>
      up
        ? request<unknown>('PUT', thumbOf(session, message), { thumb: 'up' })
        : request<undefined>('DELETE', thumbOf(session, message)),
  })
}

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { request } from '@/lib/http'
import type { SelfTestResult } from '@/lib/types'

const resultsKey = ['selftest'] as const

export const getSelfTestResults = () => request<SelfTestResult[]>('GET', '/api/rag/selftest/results/')
export const runSelfTest = () => request<SelfTestResult>('GET', '/api/rag/selftest/')

/** Newest first. */
export function useSelfTestResults() {
  return useQuery({ queryKey: resultsKey, queryFn: getSelfTestResults })
}

export function useRunSelfTest() {
  const client = useQueryClient()
  return useMutation({ mutationFn: runSelfTest, onSettled: () => client.invalidateQueries({ queryKey: resultsKey }) })
}

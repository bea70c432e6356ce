import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { query, request } from '@/lib/http'

/** Something that happened to the box: `kind` has a sentence in each language, `params` are its facts. */
export interface Happening {
  at: string
  kind: string
  params: Record<string, string | number | null>
}

export type HistorySpan = 'quarter' | 'hour' | 'day'

/** How the box was: at each of `at` (unix seconds) a value in every column, null where nothing was seen. */
export interface BoxHistory {
  span: HistorySpan
  at: number[]
  columns: Record<string, (number | null)[]>
  memory_total_bytes: number | null
  disk_total_bytes: number | null
}

const HAPPENINGS_POLL_MS = 15_000
const HISTORY_POLL_MS: Record<HistorySpan, number> = { quarter: 5_000, hour: 20_000, day: 120_000 }

export const getHappenings = (limit: number) => request<Happening[]>('GET', `/api/status/happenings/${query({ limit })}`)

/** Newest first; asked again now and then while the page is to be seen. */
export function useHappenings(limit: number) {
  return useQuery({
    queryKey: ['happenings', limit],
    queryFn: () => getHappenings(limit),
    refetchInterval: HAPPENINGS_POLL_MS,
  })
}

export const getHistory = (span: HistorySpan) => request<BoxHistory>('GET', `/api/status/history/${query({ span })}`)

/** Asked again as often as it has a new point; not at all while the page is hidden. */
export function useBoxHistory(span: HistorySpan) {
  return useQuery({
    queryKey: ['box-history', span],
    queryFn: () => getHistory(span),
    refetchInterval: HISTORY_POLL_MS[span],
    placeholderData: keepPreviousData,
  })
}

import { type QueryClient, useQuery } from '@tanstack/react-query'
import { request } from '@/lib/http'
import type { Engine, EngineBrief, Models } from '@/lib/types'

const engineKey = ['engine'] as const
const READY_POLL_MS = 30_000
const WAITING_POLL_MS = 3_000

export const getEngine = () => request<Engine>('GET', '/api/engine/')
export const getModels = () => request<Models>('GET', '/api/models/')

/** `everyMs` overrides the calm rhythm, for a page that shows live numbers. */
export function useEngine(everyMs?: number) {
  return useQuery({
    queryKey: engineKey,
    queryFn: getEngine,
    refetchInterval: ({ state }) => everyMs ?? (state.data?.state === 'ready' ? READY_POLL_MS : WAITING_POLL_MS),
  })
}

/** What a chat socket says about the engine is newer than the last poll. */
export function showEngine(client: QueryClient, brief: EngineBrief): void {
  const known = client.getQueryData<Engine>(engineKey)
  if (known?.state !== brief.state) void client.invalidateQueries({ queryKey: engineKey })
  if (known) {
    const { state, reason, percent = null } = brief
    client.setQueryData<Engine>(engineKey, { ...known, state, reason, percent })
  }
}

export function useModels() {
  return useQuery({ queryKey: ['models'], queryFn: getModels })
}

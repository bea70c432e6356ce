import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { request } from '@/lib/http'
import { sendForm } from '@/lib/upload'

export interface Notice {
  id: string
  kind: 'database_repaired' | 'database_restored' | 'database_merged' | 'database_salvaged' | 'database_lost' | 'library_rebuilt' | 'library_renewed' | 'backup_restored'
  at: string
  params: Record<string, string | number>
}

export interface Backup {
  name: string
  made_at: string
  size_bytes: number
}

/** A verified backup that waits for a yes. */
export interface Staged {
  id: string
  created_at: string
  ondol: string
  users: number
  sessions: number
  messages: number
  documents: number
}

export interface Safety {
  disk: { level: 'ok' | 'low' | 'full'; free_bytes: number; total_bytes: number }
  /** Missing in what a house of a former version says: an update that was undone leaves a newer page for a while. */
  writes?: { state: 'ok' | 'shaky' | 'refused'; at: string | null }
  notices: Notice[]
  backup_age_s: number | null
  backup_running: boolean
  backup_error: string | null
  backup_error_code: string | null
  nightly: boolean
  owner: boolean
  backups: Backup[]
  staged: Staged | null
}

const key = ['safety'] as const
const POLL_MS = 30_000
const RUNNING_POLL_MS = 1_500

export const getSafety = () => request<Safety>('GET', '/api/safety/')
export const downloadUrl = (name: string) => `/api/safety/backups/${name}/download/`

export function useSafety() {
  return useQuery({
    queryKey: key,
    queryFn: getSafety,
    refetchInterval: ({ state }) => (state.data?.backup_running ? RUNNING_POLL_MS : POLL_MS),
  })
}

export function useMakeBackup() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: () => request('POST', '/api/safety/backups/'),
    onSettled: () => client.invalidateQueries({ queryKey: key }),
  })
}

/** One of the box's own by name, or a file from this device. */
export function useStage() {
  return useMutation({
    mutationFn: async (backup: string | File): Promise<Staged> => {
      if (typeof backup === 'string') return request<Staged>('POST', `/api/safety/backups/${backup}/stage/`)
      const form = new FormData()
      form.append('file', backup, backup.name)
      return JSON.parse(await sendForm('/api/safety/restore/upload/', form, () => undefined)) as Staged
    },
  })
}

export const postRestore = (id: string) => request('POST', '/api/safety/restore/', { id })
export const deleteRestore = () => request('DELETE', '/api/safety/restore/')

import { useCallback, useState } from 'react'
import type { Row } from './rows'

export interface Chosen {
  /** Null outside selection. */
  ids: ReadonlySet<string> | null
  /** Begins a selection, with one chat in it where it is given. */
  begin: (id?: string) => void
  toggle: (id: string) => void
  all: () => void
  end: () => void
}

/** The chats that are ticked; all of those shown, or none once they are all ticked. */
export function useChosen(rows: readonly Row[]): Chosen {
  const [ids, setIds] = useState<ReadonlySet<string> | null>(null)
  const begin = useCallback((id?: string) => setIds(new Set(typeof id === 'string' ? [id] : [])), [])
  const toggle = useCallback((id: string) => {
    setIds((before) => {
      const next = new Set(before)
      if (!next.delete(id)) next.add(id)
      return next
    })
  }, [])
  const all = () => {
    const shown = new Set(rows.flatMap((row) => (row.kind === 'session' ? [row.session.id] : [])))
    setIds((before) => (before && before.size >= shown.size ? new Set() : shown))
  }
  const end = useCallback(() => setIds(null), [])
  return { ids, begin, toggle, all, end }
}

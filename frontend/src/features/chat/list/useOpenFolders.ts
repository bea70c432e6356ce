import { useCallback, useState } from 'react'
import { recallJson, remember } from '@/lib/storage'

const KEY = 'openFolders'
const isNames = (value: unknown): value is string[] => Array.isArray(value) && value.every((one) => typeof one === 'string')

/** Which folders of the list are open, on this device. */
export function useOpenFolders() {
  const [open, setOpen] = useState<readonly string[]>(() => recallJson(KEY, isNames) ?? [])
  const toggle = useCallback((name: string) => {
    setOpen((before) => {
      const next = before.includes(name) ? before.filter((one) => one !== name) : [...before, name]
      remember(KEY, JSON.stringify(next))
      return next
    })
  }, [])
  return { open, toggle }
}

import { useCallback, useEffect, useState } from 'react'
import { useNavigate } from 'react-router-dom'
import { recall, remember } from '@/lib/storage'
import { ShortcutSheet } from './ShortcutSheet'
import { type ShortcutName, isMac, isTyping, shortcutOf } from './keys'
import { messageBox, neighbour, searchBox, stopButton } from './targets'

const OFF_KEY = 'singleKeys'
const mac = isMac(navigator.userAgent)

/** Listens for shortcuts on every page, and shows them on "?". */
export function Shortcuts({ onDrawer }: { onDrawer: () => void }) {
  const navigate = useNavigate()
  const [sheet, setSheet] = useState(false)
  const [singleKeys, setSingleKeys] = useState(() => recall(OFF_KEY) !== 'off')
  const act = useCallback(
    (name: ShortcutName) => {
      const go = (path: string | null) => {
        if (path !== null) navigate(path)
      }
      const acts: Record<ShortcutName, () => void> = {
        sheet: () => setSheet(true),
        newChat: () => go('/'),
        search: () => {
          if (!searchBox()) onDrawer()
          requestAnimationFrame(() => searchBox()?.focus())
        },
        message: () => messageBox()?.focus(),
        stop: () => stopButton()?.click(),
        drawer: onDrawer,
        nextChat: () => go(neighbour(1)),
        previousChat: () => go(neighbour(-1)),
      }
      acts[name]()
    },
    [navigate, onDrawer],
  )
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const name = event.defaultPrevented ? null : shortcutOf(event, isTyping(event.target) || !singleKeys, mac)
      if (name === null || document.querySelector('[role="dialog"]')) return
      event.preventDefault()
      act(name)
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [act, singleKeys])
  const onSingleKeys = (on: boolean) => {
    remember(OFF_KEY, on ? null : 'off')
    setSingleKeys(on)
  }
  return sheet ? <ShortcutSheet mac={mac} singleKeys={singleKeys} onSingleKeys={onSingleKeys} onClose={() => setSheet(false)} /> : null
}

import { type KeyboardEvent, useId, useState } from 'react'
import { useTemplates } from '@/lib/api/templates'
import type { Template } from '@/lib/types'
import { optionId } from './SlashPicker'
import { isComposing } from './sendKey'
import { matchTemplates, slashWord } from './slash'

/** The state of the picker behind a text: which templates it offers, and what the keys do while it is open. */
export function useSlash(text: string, onChoose: ((template: Template) => void) | undefined) {
  const id = useId()
  const word = onChoose ? slashWord(text) : undefined
  const [closedFor, setClosedFor] = useState<string>()
  const [at, setAt] = useState({ word, index: 0 })
  const { data } = useTemplates({ enabled: word !== undefined })
  const open = word !== undefined && data !== undefined && closedFor !== text
  const found = open ? matchTemplates(data, word) : []
  const index = at.word === word ? Math.min(at.index, Math.max(0, found.length - 1)) : 0

  const move = (by: number) => setAt({ word, index: (index + by + found.length) % found.length })
  const onKeyDown = (event: KeyboardEvent) => {
    if (!open || isComposing(event.nativeEvent)) return
    const chosen = found[index]
    if (event.key === 'Escape') setClosedFor(text)
    else if (chosen === undefined) return
    else if (event.key === 'ArrowDown') move(1)
    else if (event.key === 'ArrowUp') move(-1)
    else if ((event.key === 'Enter' && !event.shiftKey) || event.key === 'Tab') onChoose?.(chosen)
    else return
    event.preventDefault()
  }
  const listed = open && found.length > 0
  const inputProps = listed
    ? { 'aria-haspopup': 'listbox' as const, 'aria-controls': id, 'aria-activedescendant': optionId(id, index) }
    : {}
  return { open, id, found, at: index, onKeyDown, inputProps }
}

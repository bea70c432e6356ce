export type ShortcutName = 'sheet' | 'newChat' | 'search' | 'message' | 'stop' | 'drawer' | 'nextChat' | 'previousChat'

export interface Shortcut {
  name: ShortcutName
  /** As it is pressed: `mod` is ⌘ on a Mac and Ctrl elsewhere. */
  keys: readonly string[]
  /** Works while somebody types; single keys never do. */
  typing: boolean
}

export const SHORTCUTS: readonly Shortcut[] = [
  { name: 'newChat', keys: ['n'], typing: false },
  { name: 'newChat', keys: ['mod', 'shift', 'o'], typing: true },
  { name: 'search', keys: ['/'], typing: false },
  { name: 'search', keys: ['mod', 'k'], typing: true },
  { name: 'message', keys: ['m'], typing: false },
  { name: 'stop', keys: ['mod', '.'], typing: true },
  { name: 'nextChat', keys: ['j'], typing: false },
  { name: 'previousChat', keys: ['k'], typing: false },
  { name: 'drawer', keys: ['b'], typing: false },
  { name: 'sheet', keys: ['?'], typing: false },
]

export interface Pressed {
  key: string
  code: string
  ctrlKey: boolean
  metaKey: boolean
  altKey: boolean
  shiftKey: boolean
  isComposing: boolean
}

/** The letter of the key also under a Korean layout, where `key` is a jamo. */
function letter({ key, code }: Pressed): string {
  if (/^[\x21-\x7e]$/.test(key)) return key.toLowerCase()
  return /^Key[A-Z]$/.test(code) ? code.slice(3).toLowerCase() : key
}

/** What a key press means, null where it means nothing or belongs to what is being typed. */
export function shortcutOf(pressed: Pressed, typing: boolean, mac: boolean): ShortcutName | null {
  if (pressed.isComposing || pressed.key === 'Process' || pressed.altKey) return null
  const mod = mac ? pressed.metaKey : pressed.ctrlKey
  if ((mac ? pressed.ctrlKey : pressed.metaKey) || (typing && !mod)) return null
  const key = letter(pressed)
  const found = SHORTCUTS.find((one) => {
    if (typing && !one.typing) return false
    const single = one.keys.at(-1) ?? ''
    // "?" is Shift and another key, which one differs by layout: the sign itself says enough.
    const shift = one.keys.includes('shift')
    return single === key && one.keys.includes('mod') === mod && (shift === pressed.shiftKey || /^[^a-z]$/.test(single))
  })
  return found?.name ?? null
}

export const isMac = (userAgent: string) => /mac os|iphone|ipad/i.test(userAgent)

/** How a key is written on this platform. */
export function keyName(key: string, mac: boolean): string {
  if (key === 'mod') return mac ? '⌘' : 'Ctrl'
  if (key === 'shift') return mac ? '⇧' : 'Shift'
  return key.toUpperCase()
}

/** Whether keys go into a text, a choice or an open dialog rather than to the page. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  return target.isContentEditable || target.closest('input, textarea, select, [role="menu"], [role="listbox"], [role="dialog"]') !== null
}

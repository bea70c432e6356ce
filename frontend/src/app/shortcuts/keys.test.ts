import { describe, expect, it } from 'vitest'
import { type Pressed, SHORTCUTS, isMac, isTyping, keyName, shortcutOf } from './keys'

const press = (key: string, more: Partial<Pressed> = {}): Pressed => ({
  key,
  code: '',
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  isComposing: false,
  ...more,
})

describe('shortcuts', () => {
  it('are single keys where nobody types, and nothing where somebody does', () => {
    expect(shortcutOf(press('n'), false, false)).toBe('newChat')
    expect(shortcutOf(press('n'), true, false)).toBeNull()
    expect(shortcutOf(press('?', { shiftKey: true }), false, false)).toBe('sheet')
    expect(shortcutOf(press('/'), false, false)).toBe('search')
    expect(shortcutOf(press('N', { shiftKey: true }), false, false)).toBeNull()
    expect(shortcutOf(press('x'), false, false)).toBeNull()
  })

  it('work under a Korean layout by the place of the key, and never while a syllable is composed', () => {
    expect(shortcutOf(press('ㅓ', { code: 'KeyJ' }), false, false)).toBe('nextChat')
    expect(shortcutOf(press('ㅓ', { code: 'KeyJ', isComposing: true }), false, false)).toBeNull()
    expect(shortcutOf(press('Process', { code: 'KeyJ' }), false, false)).toBeNull()
  })

  it('take Ctrl or ⌘ by platform, and those work while somebody types', () => {
    expect(shortcutOf(press('k', { ctrlKey: true }), true, false)).toBe('search')
    expect(shortcutOf(press('k', { metaKey: true }), true, true)).toBe('search')
    expect(shortcutOf(press('k', { ctrlKey: true }), true, true)).toBeNull()
    expect(shortcutOf(press('O', { ctrlKey: true, shiftKey: true }), true, false)).toBe('newChat')
    expect(shortcutOf(press('.', { ctrlKey: true }), true, false)).toBe('stop')
    expect(shortcutOf(press('k', { ctrlKey: true, altKey: true }), false, false)).toBeNull()
    expect(shortcutOf(press('n', { ctrlKey: true }), false, false)).toBeNull()
  })

  it('are all different, and written as the platform does', () => {
    const written = SHORTCUTS.map(({ keys }) => keys.join(' '))
    expect(new Set(written).size).toBe(written.length)
    expect(['mod', 'shift', 'o'].map((key) => keyName(key, true))).toEqual(['⌘', '⇧', 'O'])
    expect(keyName('mod', false)).toBe('Ctrl')
    expect([isMac('Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)'), isMac('Mozilla/5.0 (X11; Linux x86_64)')]).toEqual([true, false])
  })
})

it('knows where keys are text', () => {
  document.body.innerHTML = '<main><button>b</button><textarea></textarea><div role="menu"><i tabindex="0">m</i></div></main>'
  expect(['button', 'textarea', 'i'].map((name) => isTyping(document.querySelector(name)))).toEqual([false, true, true])
  expect(isTyping(null)).toBe(false)
})

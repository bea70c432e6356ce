import type { Notice } from '@/lib/api/safety'

const KEY = 'ondol.noticesRead'
const REMEMBERED = 50

function read(): string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]')
    return Array.isArray(stored) ? stored.filter((id): id is string => typeof id === 'string') : []
  } catch {
    return []
  }
}

/** Those nobody has put away in this browser. */
export function openNotices(notices: Notice[]): Notice[] {
  const known = new Set(read())
  return notices.filter(({ id }) => !known.has(id))
}

export function dismiss(id: string): void {
  try {
    localStorage.setItem(KEY, JSON.stringify([...read(), id].slice(-REMEMBERED)))
  } catch {
    // a browser without storage shows it again after a reload
  }
}

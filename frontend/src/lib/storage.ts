/** localStorage that never throws: private windows and full disks only lose the memory, not the page. */
export function remember(key: string, value: string | null): void {
  try {
    if (value === null || value === '') localStorage.removeItem(`ondol.${key}`)
    else localStorage.setItem(`ondol.${key}`, value)
  } catch {
    // nothing to be done: the value lives on in memory
  }
}

export function recall(key: string): string | null {
  try {
    return localStorage.getItem(`ondol.${key}`)
  } catch {
    return null
  }
}

export function recallJson<T>(key: string, valid: (value: unknown) => value is T): T | null {
  const text = recall(key)
  if (text === null) return null
  try {
    const value: unknown = JSON.parse(text)
    return valid(value) ? value : null
  } catch {
    return null
  }
}

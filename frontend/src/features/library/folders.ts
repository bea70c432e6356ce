import type { Collection } from '@/lib/api/documents'

export interface Folder {
  path: string
  /** In it and in all folders below it. */
  documents: number
  depth: number
}

/** A tree as a list: every folder and those it lies in, by path, counting what lies below. `chosen` stays in it when it
 * has just become empty. */
export function withParents(collections: Collection[], chosen?: string): Folder[] {
  const counts = new Map<string, number>(chosen === undefined ? [] : [[chosen, 0]])
  for (const { path, documents } of collections) {
    const parts = path.split('/')
    for (let length = 1; length <= parts.length; length += 1) {
      const folder = parts.slice(0, length).join('/')
      counts.set(folder, (counts.get(folder) ?? 0) + documents)
    }
  }
  const key = (path: string) => path.replaceAll('/', '\u0000')
  return [...counts]
    .map(([path, documents]) => ({ path, documents, depth: path.split('/').length - 1 }))
    .sort((a, b) => (key(a.path) < key(b.path) ? -1 : 1))
}

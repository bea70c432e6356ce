import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { OutputBundle, OutputChunk } from 'rollup'
import type { Plugin } from 'vite'

/** Script that a phone has to fetch before the chat can be used, bytes after gzip. */
export const FIRST_LOAD_BYTES = 350_000
/** What a chat's address loads: the entry, then what its routes ask for, and one language. */
export const FIRST_PAGES = ['src/main.tsx', 'src/app/Shell.tsx', 'src/features/chat/ChatPage.tsx', 'src/features/chat/NewChatPage.tsx', 'src/i18n/ko.json']

export interface FirstLoad {
  total: number
  files: Record<string, number>
}

type Chunks = Map<string, OutputChunk>

function withImports(chunks: Chunks, name: string, found: Set<string>): void {
  const chunk = chunks.get(name)
  if (!chunk || found.has(name)) return
  found.add(name)
  for (const one of chunk.imports) withImports(chunks, one, found)
}

/** Gzipped size of the chunks of the first pages and of all they import. Throws when a page is in no chunk. */
export function measure(chunks: Chunks, pages: readonly string[] = FIRST_PAGES): FirstLoad {
  const found = new Set<string>()
  for (const page of pages) {
    const home = [...chunks.values()].find((chunk) => chunk.moduleIds.some((id) => id.endsWith(`/${page}`)))
    if (!home) throw new Error(`${page} is in no chunk`)
    withImports(chunks, home.fileName, found)
  }
  const sizes = [...found].map((name) => [name, gzipSync(chunks.get(name)?.code ?? '').length] as const)
  return { total: sizes.reduce((sum, [, size]) => sum + size, 0), files: Object.fromEntries(sizes) }
}

const chunksOf = (bundle: OutputBundle): Chunks =>
  new Map(Object.values(bundle).flatMap((one) => (one.type === 'chunk' ? [[one.fileName, one] as const] : [])))

/** Fails the build when the first load of a chat grows over its budget; writes what it found to `target`. */
export function firstLoad(target: string, budget = FIRST_LOAD_BYTES): Plugin {
  return {
    name: 'ondol-first-load',
    apply: 'build',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        const found = measure(chunksOf(bundle))
        mkdirSync(dirname(target), { recursive: true })
        writeFileSync(target, `${JSON.stringify({ budget, ...found }, null, 2)}\n`)
        if (found.total > budget) this.error(`the first load is ${found.total} bytes of gzipped script, at most ${budget} are allowed`)
        this.info(`first load: ${found.total} of ${budget} bytes of gzipped script`)
      },
    },
  }
}

import { gzipSync } from 'node:zlib'
import type { OutputChunk } from 'rollup'
import { expect, it } from 'vitest'
import { measure } from './firstLoad'

const chunk = (fileName: string, moduleIds: string[], imports: string[] = []) =>
  [fileName, { type: 'chunk', fileName, moduleIds, imports, code: `// ${fileName}\n${'x'.repeat(500)}` } as unknown as OutputChunk] as const

const chunks = new Map([
  chunk('index.js', ['/src/main.tsx'], ['shared.js']),
  chunk('chat.js', ['/src/chat.tsx'], ['index.js', 'shared.js']),
  chunk('shared.js', ['/node_modules/a/index.js'], ['index.js']),
  chunk('charts.js', ['/src/charts.tsx'], ['shared.js']),
])

it('counts every chunk once, with all it imports, and none that is fetched later', () => {
  const found = measure(chunks, ['src/main.tsx', 'src/chat.tsx'])
  expect(Object.keys(found.files).sort()).toEqual(['chat.js', 'index.js', 'shared.js'])
  expect(found.total).toBe(Object.keys(found.files).reduce((sum, name) => sum + gzipSync(chunks.get(name)?.code ?? '').length, 0))
})

it('refuses to measure a page that is not there', () => {
  expect(() => measure(chunks, ['src/gone.tsx'])).toThrow('src/gone.tsx is in no chunk')
})

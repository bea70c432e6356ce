import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Plugin } from 'vite'

/** Writes the folders of all npm packages that ended up in the bundle, one a line, for the licence page. */
export function bundledModules(target: string): Plugin {
  return {
    name: 'ondol-bundled-modules',
    apply: 'build',
    generateBundle(_options, bundle) {
      const folders = new Set<string>()
      for (const chunk of Object.values(bundle)) {
        if (chunk.type !== 'chunk') continue
        for (const id of chunk.moduleIds) {
          const folder = packageFolder(id)
          if (folder) folders.add(folder)
        }
      }
      mkdirSync(dirname(target), { recursive: true })
      writeFileSync(target, `${[...folders].sort().join('\n')}\n`)
    },
  }
}

function packageFolder(id: string): string | undefined {
  return /node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+(?=\/)/.exec(id.replaceAll('\\', '/'))?.[0]
}

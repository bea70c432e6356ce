import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Plugin } from 'vite'

const FILES = ['swagger-ui.css', 'swagger-ui-bundle.js', 'LICENSE', 'NOTICE']

/** Puts Swagger UI's own files into `docs/` of the output, so that the API page needs nothing from outside. */
export function swaggerUi(): Plugin {
  return {
    name: 'ondol-swagger-ui',
    apply: 'build',
    generateBundle() {
      const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
      for (const file of FILES) {
        this.emitFile({ type: 'asset', fileName: `docs/${file}`, source: readFileSync(join(folder, file)) })
      }
    },
  }
}

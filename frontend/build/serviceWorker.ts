import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { OutputBundle } from 'rollup'
import { type Plugin, build } from 'vite'
import { bundledModules } from './bundledModules'

interface PrecacheEntry {
  url: string
  /** Null where the name of the file holds its hash. */
  revision: string | null
}

const hash = (content: string | Uint8Array) => createHash('sha256').update(content).digest('hex').slice(0, 16)

/** What the page needs without a line: all of it, except the API's own pages. */
export function precacheOf(bundle: OutputBundle): PrecacheEntry[] {
  return Object.values(bundle)
    .filter((one) => /\.(?:html|js|css|woff2)$/.test(one.fileName) && !one.fileName.startsWith('docs/'))
    .map((one) => {
      const content = one.type === 'chunk' ? one.code : one.source
      return { url: `/${one.fileName}`, revision: one.fileName.startsWith('assets/') ? null : hash(content) }
    })
}

const filesOf = (folder: string): PrecacheEntry[] =>
  readdirSync(folder).map((name) => ({ url: `/${name}`, revision: hash(readFileSync(join(folder, name))) }))

async function bundleWorker(entry: string, precache: PrecacheEntry[], modules: string): Promise<string> {
  const built = await build({
    configFile: false,
    publicDir: false,
    logLevel: 'warn',
    define: { PRECACHE: JSON.stringify(precache), 'process.env.NODE_ENV': '"production"' },
    plugins: [bundledModules(modules)],
    build: { write: false, target: 'es2022', rollupOptions: { input: entry, output: { format: 'iife', entryFileNames: 'sw.js' } } },
  })
  const output = Array.isArray(built) ? built[0] : built
  if (!('output' in output)) throw new Error('the service worker was not built')
  return output.output[0].code
}

/** Builds `sw.js` with the list of this build's files in it. `modules` takes down what it is made of, for the licences. */
export function serviceWorker(entry: string, publicFolder: string, modules: string): Plugin {
  return {
    name: 'ondol-service-worker',
    apply: 'build',
    generateBundle: {
      order: 'post',
      async handler(_options, bundle) {
        const precache = [...precacheOf(bundle), ...filesOf(publicFolder)]
        this.emitFile({ type: 'asset', fileName: 'sw.js', source: await bundleWorker(entry, precache, modules) })
      },
    },
  }
}

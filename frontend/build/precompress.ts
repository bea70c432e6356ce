import { gzipSync } from 'node:zlib'
import type { OutputBundle } from 'rollup'
import type { Plugin } from 'vite'

const TEXT = /\.(?:js|css|html|svg|json|txt)$/
/** Below this a packet carries the file anyway. */
const SMALL_BYTES = 1_400

/** The files of the bundle that are worth it, each gzipped, by the name it is written under. */
export function gzipped(bundle: OutputBundle): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>()
  for (const one of Object.values(bundle)) {
    if (!TEXT.test(one.fileName)) continue
    const packed = gzipSync(one.type === 'chunk' ? one.code : one.source, { level: 9 })
    const bytes = Buffer.byteLength(one.type === 'chunk' ? one.code : one.source)
    if (bytes > SMALL_BYTES && packed.length < bytes) found.set(`${one.fileName}.gz`, packed)
  }
  return found
}

/** Lays `name.gz` beside each large text of the build, so that the box sends a third of the bytes and compresses nothing itself. */
export function precompress(): Plugin {
  return {
    name: 'ondol-precompress',
    apply: 'build',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        for (const [fileName, source] of gzipped(bundle)) this.emitFile({ type: 'asset', fileName, source })
      },
    },
  }
}

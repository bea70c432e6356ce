import { gunzipSync } from 'node:zlib'
import type { OutputBundle } from 'rollup'
import { expect, it } from 'vitest'
import { gzipped } from './precompress'

const asset = (fileName: string, source: string) => ({ type: 'asset', fileName, source })

it('packs large texts, and leaves small ones and pictures alone', () => {
  const long = '온돌 '.repeat(1_000)
  const bundle = {
    a: asset('index.html', long),
    b: asset('tiny.css', 'a{}'),
    c: asset('icon.png', long),
    d: { type: 'chunk', fileName: 'assets/index.js', code: long },
  } as unknown as OutputBundle
  const packed = gzipped(bundle)
  expect([...packed.keys()].sort()).toEqual(['assets/index.js.gz', 'index.html.gz'])
  expect(gunzipSync(packed.get('index.html.gz') ?? '').toString()).toBe(long)
})

import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'
import { bundledModules } from './build/bundledModules'
import { firstLoad } from './build/firstLoad'
import { leanFonts } from './build/leanFonts'
import { precompress } from './build/precompress'
import { serviceWorker } from './build/serviceWorker'
import { swaggerUi } from './build/swaggerUi'

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))
const server = process.env.ONDOL_DEV_SERVER ?? 'http://127.0.0.1:8000'

export default defineConfig({
  plugins: [react(), swaggerUi(), bundledModules(path('./node_modules/.cache/bundled-modules.txt')), leanFonts(), firstLoad(path('./node_modules/.cache/first-load.json')), serviceWorker(path('./worker/sw.ts'), path('./public'), path('./node_modules/.cache/worker-modules.txt')), precompress()],
  resolve: { alias: { '@': path('./src') } },
  server: {
    host: '127.0.0.1',
    proxy: {
      '/api': { target: server },
      '/ws': { target: server, ws: true },
    },
  },
  build: { target: 'es2022', reportCompressedSize: true, assetsInlineLimit: (file) => (file.endsWith('.woff2') ? false : undefined) },
  test: { environment: 'jsdom', include: ['src/**/*.test.{ts,tsx}', 'build/*.test.ts', 'worker/*.test.ts'], setupFiles: ['src/testSetup.ts'], testTimeout: 10_000 },
})

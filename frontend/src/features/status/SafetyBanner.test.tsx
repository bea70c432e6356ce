import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen } from '@testing-library/react'
import { beforeAll, expect, it, vi } from 'vitest'
import { startI18n, switchLanguage } from '@/i18n'
import type { Safety } from '@/lib/api/safety'
import { SafetyBanner } from './SafetyBanner'

beforeAll(async () => {
  await startI18n()
  await switchLanguage('en')
})

const calm = { disk: { level: 'ok', free_bytes: 9e9, total_bytes: 1e10 }, writes: { state: 'ok', at: null }, notices: [] }

const show = (part: Partial<Safety>) => {
  const body = JSON.stringify({ ...calm, ...part })
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(body, { status: 200, headers: { 'content-type': 'application/json' } })))
  render(
    <QueryClientProvider client={new QueryClient()}>
      <SafetyBanner />
    </QueryClientProvider>,
  )
}

it('says that the disk refuses writes, above how full it is', async () => {
  show({ writes: { state: 'refused', at: '2026-11-23T01:00:00Z' }, disk: { level: 'low', free_bytes: 1e8, total_bytes: 1e10 } })
  const [first, second] = await screen.findAllByRole('status')
  expect(first?.textContent).toContain('refuses to store anything')
  expect(second?.textContent).toContain('nearly full')
})

it('warns for a while after it took them again, with the time', async () => {
  show({ writes: { state: 'shaky', at: '2026-11-23T01:00:00Z' } })
  expect((await screen.findByRole('status')).textContent).toMatch(/refused to store something \(.*\d.*\) and now takes it again/)
})

import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { fireEvent, render, screen } from '@testing-library/react'
import { MemoryRouter } from 'react-router-dom'
import { beforeAll, expect, it, vi } from 'vitest'
import { startI18n, switchLanguage } from '@/i18n'
import type { Message } from '@/lib/types'
import { MessageView } from './MessageView'
import { answerOf } from './state/messages'

beforeAll(async () => {
  await startI18n()
  await switchLanguage('en')
})

const source = { n: 1, document_id: '7', title: 'lease.txt', chunk_id: '31', text: 'The rent', status: 'current' as const }

const show = (part: Partial<Message>, onAgain?: () => void) =>
  render(
    <QueryClientProvider client={new QueryClient()}>
      <MemoryRouter future={{ v7_startTransition: true, v7_relativeSplatPath: true }}>
        <MessageView message={{ ...answerOf('r1', 2, 'It is 640 [1].'), status: 'done', ...part }} onAgain={onAgain} />
      </MemoryRouter>
    </QueryClientProvider>,
  )

it('asks the last question again', () => {
  const again = vi.fn()
  show({}, again)
  fireEvent.click(screen.getByRole('button', { name: 'Ask again' }))
  expect(again).toHaveBeenCalledOnce()
  expect(screen.queryByRole('button', { name: 'Good answer' })).toBeNull()
})

it('links its numbers and has a thumb where it was given from documents', () => {
  show({ sources: [source], thumb: 'up' })
  expect(screen.getByRole('link', { name: '[1]' }).getAttribute('href')).toBe('/library/7?chunk=31')
  expect(screen.getByRole('button', { name: 'Good answer' }).getAttribute('aria-pressed')).toBe('true')
  expect(screen.queryByRole('button', { name: 'Ask again' })).toBeNull()
})

it('does not lead to a document that is gone, and offers to ask again once', () => {
  show({ sources: [{ ...source, status: 'deleted' }] }, vi.fn())
  expect(screen.queryByRole('link', { name: '[1]' })).toBeNull()
  expect(screen.getAllByRole('button', { name: 'Ask again' })).toHaveLength(1)
})

it('takes the thumb back when the box refuses it', async () => {
  const body = JSON.stringify({ error: { code: 'disk_full', message: 'full' } })
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(body, { status: 507 })))
  show({ sources: [source] })
  const thumb = screen.getByRole('button', { name: 'Good answer' })
  fireEvent.click(thumb)
  await vi.waitFor(() => expect(thumb).toHaveProperty('disabled', false))
  await vi.waitFor(() => expect(thumb.getAttribute('aria-pressed')).toBe('false'))
  vi.unstubAllGlobals()
})

import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { fireEvent, render, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeAll, expect, it, vi } from 'vitest'
import { startI18n, switchLanguage } from '@/i18n'
import { RenameDocument } from './RenameDocument'

beforeAll(async () => {
  await startI18n()
  await switchLanguage('en')
})

afterEach(() => vi.unstubAllGlobals())

const show = (answer: Response) => {
  const sent = vi.fn<typeof fetch>(() => Promise.resolve(answer))
  vi.stubGlobal('fetch', sent)
  const close = vi.fn()
  render(
    <QueryClientProvider client={new QueryClient()}>
      <RenameDocument id="7" title="lease.txt" onClose={close} />
    </QueryClientProvider>,
  )
  const box = screen.getByRole('textbox', { name: 'File name' })
  return { sent, close, box, save: screen.getByRole('button', { name: 'Save' }) }
}

it('sends the new name once it is another one, and closes', async () => {
  const { sent, close, box, save } = show(new Response('{}'))
  expect(save).toHaveProperty('disabled', true)
  fireEvent.change(box, { target: { value: ' flat.txt ' } })
  fireEvent.click(save)
  await waitFor(() => expect(close).toHaveBeenCalledOnce())
  const [path, init] = sent.mock.calls[0] ?? []
  expect([path, init?.method, init?.body]).toEqual(['/api/rag/documents/7/', 'PUT', '{"title":"flat.txt"}'])
})

it('says why a name cannot be taken', async () => {
  const body = { error: { code: 'forbidden', message: 'no', params: {} } }
  const { close, box, save } = show(new Response(JSON.stringify(body), { status: 403 }))
  fireEvent.change(box, { target: { value: 'flat.txt' } })
  fireEvent.click(save)
  expect(await screen.findByText('You may not do this.')).toBeTruthy()
  expect(close).not.toHaveBeenCalled()
})

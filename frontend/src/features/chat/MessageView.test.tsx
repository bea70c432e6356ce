import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { fireEvent, render, screen } from '@testing-library/react'
import { MemoryRouter } from 'react-router-dom'
import { beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { startI18n, switchLanguage } from '@/i18n'
import type { Message } from '@/lib/types'
import { MessageView } from './MessageView'
import { MessageActionsContext } from './message/actions'
import { answerOf } from './state/messages'

beforeAll(async () => {
  await startI18n()
  await switchLanguage('en')
})

const source = { n: 1, document_id: '7', title: 'lease.txt', chunk_id: '31', text: 'The rent', status: 'current' as const }
const actions = { connected: true, ready: true, regenerate: vi.fn(), goOn: vi.fn(), select: vi.fn(), edit: vi.fn(), remove: vi.fn() }
beforeEach(() => {
  vi.clearAllMocks()
  vi.stubGlobal('matchMedia', () => ({ matches: false }))
})

const show = (part: Partial<Message>, { last = true, ready = true } = {}) =>
  render(
    <QueryClientProvider client={new QueryClient()}>
      <MemoryRouter future={{ v7_startTransition: true, v7_relativeSplatPath: true }}>
        <MessageActionsContext value={{ ...actions, ready }}>
          <MessageView message={{ ...answerOf('r1', 2, 'It is 640 [1].'), status: 'done', ...part }} last={last} />
        </MessageActionsContext>
      </MemoryRouter>
    </QueryClientProvider>,
  )

const button = (name: string) => screen.getByRole('button', { name })

it('asks for another answer, also in the middle of a chat', () => {
  show({}, { last: false })
  fireEvent.click(button('Ask again'))
  expect(actions.regenerate).toHaveBeenCalledWith(2)
})

it('links its numbers and shows its thumb', () => {
  show({ sources: [source], thumb: 'up' })
  expect(screen.getByRole('link', { name: '[1]' }).getAttribute('href')).toBe('/library/7?chunk=31')
  expect(button('Good answer').getAttribute('aria-pressed')).toBe('true')
  expect(button('Bad answer').getAttribute('aria-pressed')).toBe('false')
})

it('does not lead to a document that is gone', () => {
  show({ sources: [{ ...source, status: 'deleted' }] })
  expect(screen.queryByRole('link', { name: '[1]' })).toBeNull()
})

it('takes the thumb back when the box refuses it', async () => {
  const body = JSON.stringify({ error: { code: 'disk_full', message: 'full' } })
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(body, { status: 507 })))
  show({ sources: [source] })
  const thumb = button('Good answer')
  fireEvent.click(thumb)
  await vi.waitFor(() => expect(thumb).toHaveProperty('disabled', false))
  await vi.waitFor(() => expect(thumb.getAttribute('aria-pressed')).toBe('false'))
  vi.unstubAllGlobals()
})

it('leads from version to version and keeps the focus at the end', () => {
  show({ id: 5, versions: [2, 5] })
  screen.getByText('2 / 2')
  const next = button('Next version')
  next.focus()
  fireEvent.click(next)
  expect(document.activeElement).toBe(next)
  fireEvent.click(button('Previous version'))
  expect(actions.select.mock.calls).toEqual([[2]])
})

it('has no versions where there is one', () => {
  show({ versions: [2] })
  expect(screen.queryByRole('group', { name: 'Versions' })).toBeNull()
})

it.each([{ status: 'stopped' as const }, { finish_reason: 'length' }, { status: 'failed' as const }])('goes on where it was cut: %j', (part) => {
  show(part)
  fireEvent.click(button('Continue'))
  expect(actions.goOn).toHaveBeenCalledWith(2)
})

it.each([
  [{ finish_reason: 'stop' }, { last: true }],
  [{ status: 'stopped' as const }, { last: false }],
  [{ status: 'stopped' as const, content: '' }, { last: true }],
])('does not go on: %j %j', (part, place) => {
  show(part, place)
  expect(screen.queryByRole('button', { name: 'Continue' })).toBeNull()
})

it('offers to try a failed answer again', () => {
  show({ status: 'failed', content: '', error: { code: 'busy', message: 'full' } })
  fireEvent.click(button('Try again'))
  expect(actions.regenerate).toHaveBeenCalledWith(2)
})

it('tells what answered, from what, and what it cost', () => {
  const timings = { queue_s: 0, prompt_s: 1, decode_s: 2, ttft_s: 1.5, tokens_per_s: 12.3 }
  show({ model: 'mistral.gguf', template: 'Pirate', sources: [source], timings, usage: { prompt_tokens: 90, cached_tokens: 40, completion_tokens: 7 } })
  fireEvent.click(button('12.3 tokens/s'))
  for (const text of ['mistral', 'Pirate', '90 tokens, 40 of them remembered', '1.5 s']) screen.getByText(text)
})

it('is deleted when that was meant', () => {
  show({})
  fireEvent.click(button('More about this message'))
  fireEvent.click(screen.getByRole('menuitem', { name: 'Delete' }))
  expect(actions.remove).not.toHaveBeenCalled()
  fireEvent.click(button('Delete'))
  expect(actions.remove).toHaveBeenCalledWith(2)
})

const asked = { role: 'user' as const, content: 'How much?', id: 1 }

it('is worded anew in its place; Enter sends once the syllable is whole', () => {
  show(asked)
  fireEvent.click(button('Edit question'))
  const box = screen.getByRole('textbox', { name: 'Your question, worded anew' })
  expect(document.activeElement).toBe(box)
  fireEvent.change(box, { target: { value: '얼마예요?' } })
  fireEvent.keyDown(box, { key: 'Enter', isComposing: true })
  fireEvent.keyDown(box, { key: 'Enter', shiftKey: true })
  expect(actions.edit).not.toHaveBeenCalled()
  fireEvent.keyDown(box, { key: 'Enter' })
  expect(actions.edit.mock.calls).toEqual([[1, '얼마예요?']])
  expect(screen.queryByRole('textbox')).toBeNull()
})

it('stays as it was on Escape, and unsent while no question can be taken', () => {
  show(asked, { ready: false })
  fireEvent.click(button('Edit question'))
  const box = screen.getByRole('textbox')
  fireEvent.change(box, { target: { value: 'x' } })
  fireEvent.keyDown(box, { key: 'Enter' })
  expect(actions.edit).not.toHaveBeenCalled()
  fireEvent.keyDown(box, { key: 'Escape' })
  screen.getByText('How much?')
})

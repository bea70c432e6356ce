import { fireEvent, render, screen } from '@testing-library/react'
import { MemoryRouter } from 'react-router-dom'
import { beforeAll, expect, it, vi } from 'vitest'
import { startI18n, switchLanguage } from '@/i18n'
import type { Source } from '@/lib/types'
import { Diff } from './SourceDialog'
import { Sources } from './Sources'
import { sourceAddress } from './sourceAddress'

beforeAll(async () => {
  await startI18n()
  await switchLanguage('en')
})

const lease: Source = { n: 1, document_id: '7', title: 'lease.txt', chunk_id: '31', start: 5, end: 90, text: 'The rent', status: 'current' }

const show = (sources: Source[], onAgain?: () => void) =>
  render(
    <MemoryRouter future={{ v7_startTransition: true, v7_relativeSplatPath: true }}>
      <Sources messageId={4} sources={sources} onAgain={onAgain} />
    </MemoryRouter>,
  )

it('leads to the document at its place, also when the chunk has another number since', () => {
  show([lease])
  expect(screen.getByRole('link').getAttribute('href')).toBe('/library/7?chunk=31&start=5&end=90')
  expect(screen.queryByRole('status')).toBeNull()
})

it('says which sources are not what they were, and offers to ask again', () => {
  const again = vi.fn()
  show([lease, { ...lease, n: 2, status: 'changed' }, { ...lease, n: 3, status: 'deleted' }], again)
  expect(screen.getByRole('button', { name: '2. lease.txt · changed' })).toBeTruthy()
  expect(screen.getByRole('button', { name: '3. lease.txt · deleted' })).toBeTruthy()
  expect(screen.getByRole('status').textContent).toContain('2 sources no longer say')
  fireEvent.click(screen.getByRole('button', { name: 'Ask again' }))
  expect(again).toHaveBeenCalledOnce()
})

it('has no address for what is gone', () => {
  expect(sourceAddress({ ...lease, status: 'deleted' })).toBeUndefined()
  expect(sourceAddress({ document_id: 'a b', title: 't' })).toBe('/library/a%20b')
})

it('marks what went and what came', () => {
  const ops = [
    { op: 'equal' as const, text: 'The rent is ' },
    { op: 'delete' as const, text: '640' },
    { op: 'insert' as const, text: '720' },
  ]
  const view = render(<Diff diff={{ status: 'changed', document_id: '7', chunk_id: '31', ops }} />).container
  expect(view.querySelector('del')?.textContent).toBe('640')
  expect(view.querySelector('ins')?.textContent).toBe('720')
})

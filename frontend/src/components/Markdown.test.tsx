import { render, screen, waitFor } from '@testing-library/react'
import { MemoryRouter } from 'react-router-dom'
import { beforeAll, expect, it } from 'vitest'
import { startI18n, switchLanguage } from '@/i18n'
import Markdown from './Markdown'

beforeAll(async () => {
  await startI18n()
  await switchLanguage('en')
})

const show = (text: string, sources: string[] = []) =>
  render(
    <MemoryRouter future={{ v7_startTransition: true, v7_relativeSplatPath: true }}>
      <Markdown text={text} sources={sources} />
    </MemoryRouter>,
  ).container

it('renders tables and lists, and a copy button on code', () => {
  const view = show('| a | b |\n|---|---|\n| 1 | 2 |\n\n- x\n\n```py\nprint(1)\n```')
  expect(view.querySelectorAll('td')).toHaveLength(2)
  expect(view.querySelector('pre code')?.textContent).toBe('print(1)\n')
  expect(screen.getByRole('button', { name: 'Copy code' })).toBeTruthy()
})

it('lets no HTML, script or foreign image through', () => {
  const view = show('<img src=x onerror=alert(1)> ![pic](http://evil.example/a.png?secret) [bad](javascript:alert(1))')
  expect(view.querySelector('img, script')).toBeNull()
  expect(screen.getByRole('link', { name: 'pic' }).getAttribute('href')).toBe('http://evil.example/a.png?secret')
  expect(view.innerHTML).not.toContain('javascript:')
})

it('leads from a number to its source', () => {
  show('Warm [1], cold [2].', ['/library/7?chunk=3'])
  expect(screen.getByRole('link', { name: '[1]' }).getAttribute('href')).toBe('/library/7?chunk=3')
  expect(screen.queryByRole('link', { name: '[2]' })).toBeNull()
})

it('makes Korean emphasis bold where a particle follows the bracket', () => {
  const view = show('**단어(괄호)**는 **"인용"**이고 ~~취소(선)~~은 없다.')
  expect([...view.querySelectorAll('strong')].map((one) => one.textContent)).toEqual(['단어(괄호)', '"인용"'])
  expect(view.querySelector('del')?.textContent).toBe('취소(선)')
  expect(view.textContent).not.toContain('*')
})

it('colours code once its reader has come', async () => {
  const view = show('```python\ndef f():\n    return 1\n```')
  await waitFor(() => expect(view.querySelector('.hljs-keyword')?.textContent).toBe('def'))
  expect(view.querySelector('.codeHead')?.textContent).toBe('python')
  expect(view.querySelector('pre')?.textContent).toBe('def f():\n    return 1\n')
})

it('sets mathematics once its reader has come, and leaves money alone', async () => {
  const view = show('Area \\(\\pi r^2\\) for $5 and $6.')
  await waitFor(() => expect(view.querySelector('.katex')).not.toBeNull())
  expect(view.querySelectorAll('.katex')).toHaveLength(1)
  expect(view.textContent).toContain('for $5 and $6.')
})

it('shows an open fence as code, and not its marks', () => {
  const view = show('Look:\n\n```js\nconst a =')
  expect(view.querySelector('pre code')?.textContent).toBe('const a =')
  expect(view.textContent).not.toContain('```')
})

it('renders a block that is done once, however long the text grows', () => {
  const page = (text: string) => (
    <MemoryRouter future={{ v7_startTransition: true, v7_relativeSplatPath: true }}>
      <Markdown text={text} growing />
    </MemoryRouter>
  )
  const { container, rerender } = render(page('**First**.\n\nSecond'))
  const first = container.querySelector('strong')
  rerender(page('**First**.\n\nSecond and third.\n\nFourth'))
  expect(container.querySelector('strong')).toBe(first)
  expect(container.querySelectorAll('p')).toHaveLength(3)
})

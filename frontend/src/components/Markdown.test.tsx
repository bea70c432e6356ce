import { render, screen } from '@testing-library/react'
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

import { fireEvent, render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { startI18n, switchLanguage } from '@/i18n'
import { Composer } from './Composer'

let touch = false
const onSend = vi.fn<(text: string) => void>()
const onStop = vi.fn()

beforeAll(async () => {
  vi.stubGlobal('matchMedia', () => ({ matches: touch }))
  await startI18n()
  await switchLanguage('en')
})

beforeEach(() => {
  touch = false
  onSend.mockReset()
  onStop.mockReset()
})

function show(part: Partial<Parameters<typeof Composer>[0]> = {}) {
  const onUseRag = vi.fn()
  render(<Composer place="1" canSend running={false} useRag={false} onUseRag={onUseRag} onSend={onSend} onStop={onStop} {...part} />)
  return { box: screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'Message' }), onUseRag }
}

it('sends on Enter, keeps Shift+Enter as a new line, and empties the box', async () => {
  const { box } = show()
  await userEvent.type(box, 'one{Shift>}{Enter}{/Shift}two')
  expect(onSend).not.toHaveBeenCalled()
  await userEvent.type(box, '{Enter}')
  expect(onSend).toHaveBeenCalledExactlyOnceWith('one\ntwo')
  expect(box.value).toBe('')
})

it('does not send while a syllable is being composed', () => {
  const { box } = show()
  fireEvent.change(box, { target: { value: '안녕' } })
  fireEvent.keyDown(box, { key: 'Enter', isComposing: true })
  fireEvent.keyDown(box, { key: 'Enter', keyCode: 229 })
  expect(onSend).not.toHaveBeenCalled()
  fireEvent.keyDown(box, { key: 'Enter', keyCode: 13 })
  expect(onSend).toHaveBeenCalledExactlyOnceWith('안녕')
})

it('makes a new line on touch keyboards', () => {
  touch = true
  const { box } = show()
  fireEvent.change(box, { target: { value: 'hello' } })
  fireEvent.keyDown(box, { key: 'Enter' })
  expect(onSend).not.toHaveBeenCalled()
})

it('keeps the draft over a reload and forgets it once sent', async () => {
  const { box } = show()
  await userEvent.type(box, 'half a thou')
  expect(localStorage.getItem('ondol.draft.1')).toBe('half a thou')
  await userEvent.type(box, '{Enter}')
  expect(localStorage.getItem('ondol.draft.1')).toBeNull()
})

it('offers stop while an answer runs, and send beside it once there is something to queue', async () => {
  const { box } = show({ running: true })
  expect(screen.queryByRole('button', { name: 'Send' })).toBeNull()
  await userEvent.click(screen.getByRole('button', { name: 'Stop' }))
  expect(onStop).toHaveBeenCalledOnce()
  await userEvent.type(box, 'next')
  await userEvent.click(screen.getByRole('button', { name: 'Send' }))
  expect(onSend).toHaveBeenCalledWith('next')
})

it('keeps the text when nothing may be sent', async () => {
  const { box } = show({ canSend: false })
  await userEvent.type(box, 'wait{Enter}')
  expect(onSend).not.toHaveBeenCalled()
  expect(box.value).toBe('wait')
})

it('tells whether documents are used', async () => {
  const { onUseRag } = show({ useRag: true })
  const toggle = screen.getByRole('button', { name: 'Use my documents', pressed: true })
  await userEvent.click(toggle)
  expect(onUseRag).toHaveBeenCalledWith(false)
})

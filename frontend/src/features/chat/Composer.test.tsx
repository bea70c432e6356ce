import { fireEvent, render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Template } from '@/lib/types'
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

const template = (id: string, name: string, part: Partial<Template> = {}): Template => ({
  id, name, description: '', system_prompt: '', examples: [], variables: [], engine: null, created_at: '', updated_at: '', ...part,
})
const TEMPLATES = [template('1', 'Pirate', { description: 'Speaks of 바다' }), template('2', 'Translate', { variables: [{ name: 'language', default: 'Korean' }] }), template('3', 'Old pirate')]

function show(part: Partial<Parameters<typeof Composer>[0]> = {}) {
  const onUseRag = vi.fn()
  const composer = <Composer place="1" canSend running={false} useRag={false} onUseRag={onUseRag} onSend={onSend} onStop={onStop} {...part} />
  const client = new QueryClient()
  client.setQueryData(['templates'], TEMPLATES)
  client.setDefaultOptions({ queries: { staleTime: Infinity } })
  render(<QueryClientProvider client={client}>{composer}</QueryClientProvider>)
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

/** A line break as browsers announce it; false when the page took it over. */
function lineBreak(box: HTMLElement, part: InputEventInit = {}): boolean {
  return box.dispatchEvent(new InputEvent('beforeinput', { inputType: 'insertLineBreak', bubbles: true, cancelable: true, ...part }))
}

describe('Korean input', () => {
  it('is sent once by the Enter that ends a syllable, which Chrome tells twice', () => {
    const { box } = show()
    fireEvent.compositionStart(box)
    fireEvent.change(box, { target: { value: '안녕' } })
    fireEvent.keyDown(box, { key: 'Enter', keyCode: 229, isComposing: true })
    expect(onSend).not.toHaveBeenCalled()
    fireEvent.compositionEnd(box, { data: '녕' })
    expect(fireEvent.keyDown(box, { key: 'Enter', keyCode: 13 })).toBe(false)
    expect(onSend).toHaveBeenCalledExactlyOnceWith('안녕')
    expect(box.value).toBe('')
  })

  it('is sent once by the Enter that Safari tells after the end of the composition, as 229, with its line break', () => {
    const { box } = show()
    fireEvent.change(box, { target: { value: '안녕' } })
    fireEvent.compositionEnd(box, { data: '녕' })
    fireEvent.keyDown(box, { key: 'Enter', keyCode: 229 })
    expect(onSend).not.toHaveBeenCalled()
    expect(lineBreak(box)).toBe(false)
    expect(onSend).toHaveBeenCalledExactlyOnceWith('안녕')
  })

  it('waits for the last syllable where the line break comes before the end of the composition', async () => {
    const { box } = show()
    fireEvent.compositionStart(box)
    fireEvent.change(box, { target: { value: '안' } })
    fireEvent.keyDown(box, { key: 'Enter', keyCode: 229, isComposing: true })
    expect(lineBreak(box, { isComposing: true })).toBe(false)
    expect(onSend).not.toHaveBeenCalled()
    fireEvent.change(box, { target: { value: '안녕' } })
    fireEvent.compositionEnd(box, { data: '녕' })
    await vi.waitFor(() => expect(onSend).toHaveBeenCalledExactlyOnceWith('안녕'))
  })

  it('is only committed where the input method keeps the Enter for itself', async () => {
    const { box } = show()
    fireEvent.compositionStart(box)
    fireEvent.change(box, { target: { value: '日本' } })
    fireEvent.keyDown(box, { key: 'Enter', keyCode: 229, isComposing: true })
    fireEvent.compositionEnd(box, { data: '日本' })
    await new Promise((resolve) => setTimeout(resolve))
    expect(onSend).not.toHaveBeenCalled()
    expect(box.value).toBe('日本')
    fireEvent.keyDown(box, { key: 'Enter', keyCode: 13 })
    expect(onSend).toHaveBeenCalledExactlyOnceWith('日本')
  })

  it('keeps Shift+Enter as a new line while composing too', () => {
    const { box } = show()
    fireEvent.change(box, { target: { value: '안녕' } })
    fireEvent.keyDown(box, { key: 'Enter', keyCode: 229, shiftKey: true, isComposing: true })
    expect(lineBreak(box)).toBe(true)
    expect(onSend).not.toHaveBeenCalled()
  })
})

it('makes a new line on touch keyboards', () => {
  touch = true
  const { box } = show()
  fireEvent.change(box, { target: { value: 'hello' } })
  expect(fireEvent.keyDown(box, { key: 'Enter' })).toBe(true)
  expect(lineBreak(box)).toBe(true)
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

describe('a slash', () => {
  const type = (box: HTMLElement, value: string) => fireEvent.change(box, { target: { value } })
  const names = () => screen.queryAllByRole('option').map((one) => one.textContent)

  it('offers templates while one types, and Enter takes the chosen one instead of sending', () => {
    const onChange = vi.fn()
    const { box } = show({ template: { id: null, onChange } })
    type(box, '/')
    expect(names()).toHaveLength(3)
    type(box, '/pir')
    expect(names()).toEqual(['PirateSpeaks of 바다', 'Old pirate'])
    fireEvent.keyDown(box, { key: 'ArrowDown' })
    expect(screen.getByRole('option', { selected: true }).textContent).toBe('Old pirate')
    expect(box.getAttribute('aria-activedescendant')).toBe(screen.getByRole('option', { selected: true }).id)
    fireEvent.keyDown(box, { key: 'Enter', keyCode: 13 })
    expect(onChange).toHaveBeenCalledExactlyOnceWith('3', {})
    expect(onSend).not.toHaveBeenCalled()
    expect(box.value).toBe('')
  })

  it('asks for the variables of a template first', async () => {
    const onChange = vi.fn()
    const { box } = show({ template: { id: null, onChange } })
    type(box, '/tr')
    fireEvent.click(screen.getByRole('option'))
    const field = await screen.findByRole('textbox', { name: 'language' })
    fireEvent.change(field, { target: { value: 'French' } })
    fireEvent.click(screen.getByRole('button', { name: 'Use' }))
    expect(onChange).toHaveBeenCalledExactlyOnceWith('2', { language: 'French' })
  })

  it('is text once Escape has closed the list, and where no template is meant', () => {
    const { box } = show({ template: { id: null, onChange: vi.fn() } })
    type(box, '/바다')
    expect(names()).toEqual(['PirateSpeaks of 바다'])
    fireEvent.keyDown(box, { key: 'Escape' })
    expect(names()).toEqual([])
    fireEvent.keyDown(box, { key: 'Enter', keyCode: 13 })
    expect(onSend).toHaveBeenCalledExactlyOnceWith('/바다')
    type(box, '/usr/bin is a folder')
    expect(names()).toEqual([])
  })

  it('shows the chosen template, which can be taken away again', () => {
    const onChange = vi.fn()
    show({ template: { id: '1', onChange } })
    fireEvent.click(screen.getByRole('button', { name: 'Without Pirate' }))
    expect(onChange).toHaveBeenCalledExactlyOnceWith(null, {})
  })
})

import { expect, it } from 'vitest'
import type { SessionSettings } from '@/lib/types'
import { folders, invalidKeys, toForm, toPatch } from './form'
import { parseSetting } from './limits'

const settings: SessionSettings = {
  temperature: 0.7,
  top_p: 0.95,
  top_k: 40,
  min_p: 0.05,
  repeat_penalty: 1,
  frequency_penalty: 0,
  presence_penalty: 0,
  typical_p: 1,
  repeat_last_n: 64,
  dry_multiplier: 0,
  xtc_probability: 0,
  mirostat: 0,
  max_tokens: 1024,
  seed: null,
  stop: ['\nUser:'],
  system_prompt: '',
  template_id: null,
  use_rag: false,
  document_ids: [],
  collections: ['taxes'],
}

it('sends nothing when nothing was changed', () => {
  expect(toPatch(toForm(settings), settings)).toEqual({})
})

it('sends exactly what was changed', () => {
  const form = toForm(settings)
  const numbers = { ...form.numbers, temperature: '0,2', seed: '7' }
  expect(toPatch({ ...form, numbers, stop: '\\nUser:\nEND', document_ids: ['3'] }, settings)).toEqual({
    temperature: 0.2,
    seed: 7,
    stop: ['\nUser:', 'END'],
    document_ids: ['3'],
  })
})

it('refuses what lies outside, is no number, or is not whole', () => {
  expect(parseSetting('temperature', '9')).toBeUndefined()
  expect(parseSetting('top_k', '1.5')).toBeUndefined()
  expect(parseSetting('max_tokens', '')).toBeUndefined()
  expect(parseSetting('seed', '')).toBeNull()
  const form = toForm(settings)
  expect(invalidKeys({ ...form, numbers: { ...form.numbers, min_p: 'x', top_p: '2' } })).toEqual(['top_p', 'min_p'])
})

it('names the folders of documents and those around them, once each', () => {
  expect(folders(['', 'taxes/2024', 'taxes', 'home/boiler/2023'])).toEqual([
    'home',
    'home/boiler',
    'home/boiler/2023',
    'taxes',
    'taxes/2024',
  ])
})

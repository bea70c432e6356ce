import { beforeAll, expect, it } from 'vitest'
import { startI18n, switchLanguage } from '@/i18n'
import { happeningText } from './happening'

beforeAll(async () => {
  await startI18n()
  await switchLanguage('en')
})

const told = (kind: string, params: Record<string, string | number | null> = {}) =>
  happeningText({ at: '2026-11-22T12:03:00.000Z', kind, params }, 'en')

it('says why and how long', () => {
  expect(told('model_restarted', { reason: 'memory', away_s: 4.2 })).toBe(
    'The model was restarted: it ran out of memory. It was away for 4 sec.',
  )
  expect(told('model_restarted', { reason: 'unknown', away_s: 90 })).toBe('The model was restarted. It was away for 2 min.')
  expect(told('house_started', { after: 'power' })).toContain('gone dark')
  expect(told('part_restarted', { part: 'cellar' })).toBe('A part was restarted: cellar.')
})

it('writes sizes and sentences of the server as they are read', () => {
  expect(told('disk_low', { free_bytes: 52_000_000 })).toBe('The disk is almost full: 52 MB left.')
  expect(told('backup_failed', { reason: 'no room' })).toBe('A backup could not be made: no room')
})

it('names versions whatever they look like', () => {
  expect(told('updated', { before: '0.1.0', after: '0.1.0+1a2b3c4' })).toBe('Ondol was updated from 0.1.0 to 0.1.0+1a2b3c4.')
})

it('keeps the name of what it does not know', () => {
  expect(told('roof_leaks', { where: 'attic' })).toBe('roof_leaks')
})

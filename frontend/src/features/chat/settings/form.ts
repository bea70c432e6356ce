import type { SessionSettings, SettingsPatch } from '@/lib/types'
import { NUMBER_KEYS, type NumberKey, parseSetting, settingText } from './limits'

/** The fields as typed. */
export interface Form {
  system_prompt: string
  template_id: string | null
  template_variables: Record<string, string>
  use_rag: boolean
  document_ids: string[]
  collections: string[]
  stop: string
  numbers: Record<NumberKey, string>
}

export function toForm(settings: SessionSettings): Form {
  const numbers = Object.fromEntries(NUMBER_KEYS.map((key) => [key, settingText(settings, key)]))
  return {
    system_prompt: settings.system_prompt,
    template_id: settings.template_id,
    template_variables: settings.template_variables ?? {},
    use_rag: settings.use_rag,
    document_ids: settings.document_ids,
    collections: settings.collections ?? [],
    stop: settings.stop.map((one) => one.replaceAll('\n', '\\n')).join('\n'),
    numbers: numbers as Record<NumberKey, string>,
  }
}

const stopList = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replaceAll('\\n', '\n'))

export const invalidKeys = (form: Form) => NUMBER_KEYS.filter((key) => parseSetting(key, form.numbers[key]) === undefined)

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)

/** Everything that can be set here, back to what a new chat has. */
export const DEFAULTS: SettingsPatch = {
  ...Object.fromEntries(NUMBER_KEYS.map((key) => [key, null])),
  system_prompt: null,
  template_id: null,
  template_variables: null,
  use_rag: null,
  document_ids: null,
  collections: null,
  stop: null,
}

/** Only what was changed is sent, so that two open devices do not undo each other. */
export function toPatch(form: Form, before: SessionSettings): SettingsPatch {
  const numbers = Object.fromEntries(NUMBER_KEYS.map((key) => [key, parseSetting(key, form.numbers[key]) ?? null]))
  const { system_prompt, template_id, template_variables, use_rag, document_ids, collections } = form
  const scope = { use_rag, document_ids, collections }
  const all: SettingsPatch = { ...numbers, ...scope, system_prompt, template_id, template_variables, stop: stopList(form.stop) }
  const was = { ...before, template_variables: before.template_variables ?? {}, collections: before.collections ?? [] }
  return Object.fromEntries(Object.entries(all).filter(([key, value]) => !same(value, was[key as keyof SessionSettings])))
}

/** The folders that documents lie in, and those around them. */
export function folders(collections: readonly string[]): string[] {
  const found = new Set<string>()
  for (const collection of collections)
    collection.split('/').reduce((above, name) => {
      const folder = above === '' ? name : `${above}/${name}`
      if (folder !== '') found.add(folder)
      return folder
    }, '')
  return [...found].sort()
}

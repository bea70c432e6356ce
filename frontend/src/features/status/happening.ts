import i18next from 'i18next'
import { formatBytes, formatDuration, formatMoment } from '@/lib/format'
import type { Happening } from '@/lib/api/status'

type Fact = Happening['params'][string]

/** A fact as it is read: seconds, bytes and moments by the ending of their name. */
function shown(name: string, fact: Fact, locale: string): string {
  if (typeof fact === 'number' && name.endsWith('_s')) return formatDuration(fact, locale)
  if (typeof fact === 'number' && name.endsWith('_bytes')) return formatBytes(fact, locale)
  if (typeof fact === 'number') return fact.toLocaleString(locale)
  if (fact !== null && name.endsWith('_at')) return formatMoment(fact, locale)
  return fact ?? ''
}

/** The sentence of a happening; some kinds have one for each reason. One that is newer than this page keeps its name. */
export function happeningText({ kind, params }: Happening, locale: string): string {
  const facts = Object.fromEntries(Object.entries(params).map(([name, fact]) => [name, shown(name, fact, locale)]))
  const variant = facts.after ?? facts.reason ?? facts.part ?? 'other'
  const keys = [`${kind}.${variant}`, `${kind}.other`, kind].map((key) => `status.happened.${key}`)
  const isSentence = (key: string) => typeof i18next.getResource(i18next.language, 'translation', key) === 'string'
  const known = keys.find(isSentence)
  return known === undefined ? kind : i18next.t(known, { ...facts, defaultValue: kind })
}

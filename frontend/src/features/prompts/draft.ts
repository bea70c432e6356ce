import type { Template, TemplateDraft } from '@/lib/types'

export const EMPTY: TemplateDraft = { name: '', description: '', system_prompt: '', examples: [], variables: [] }

export function toDraft({ name, description, system_prompt, examples, variables }: Template): TemplateDraft {
  return { name, description, system_prompt, examples, variables }
}

const VARIABLE = /\{\{\s*([^{}\s]+)\s*\}\}/g

/** The `{{names}}` written anywhere in a template, each once, in order. */
export function namesIn(draft: TemplateDraft): string[] {
  const texts = [draft.system_prompt, ...draft.examples.flatMap(({ user, assistant }) => [user, assistant])]
  const names = texts.flatMap((text) => [...text.matchAll(VARIABLE)].map((match) => match[1] ?? ''))
  return [...new Set(names)]
}

/** Variables follow the text: new names appear, unused ones go, defaults stay. */
export function withVariables(draft: TemplateDraft): TemplateDraft {
  const known = new Map(draft.variables.map((one) => [one.name, one.default]))
  return { ...draft, variables: namesIn(draft).map((name) => ({ name, default: known.get(name) ?? '' })) }
}

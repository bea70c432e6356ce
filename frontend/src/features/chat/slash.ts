import type { Template } from '@/lib/types'

const MOST = 8

/** What is looked for while a message is nothing but `/word`; undefined otherwise. */
export const slashWord = (text: string): string | undefined => /^\/(\S{0,40})$/.exec(text)?.[1]

const plain = (text: string) => text.normalize('NFC').toLocaleLowerCase()

/** Templates with the word: first those whose name begins with it, then by name, then by description. */
export function matchTemplates(templates: readonly Template[], word: string): Template[] {
  const wanted = plain(word)
  const rank = ({ name, description }: Template) => {
    if (plain(name).startsWith(wanted)) return 0
    if (plain(name).includes(wanted)) return 1
    return plain(description).includes(wanted) ? 2 : 3
  }
  const ranked = templates.map((template) => ({ template, rank: rank(template) })).filter((one) => one.rank < 3)
  return ranked.sort((a, b) => a.rank - b.rank).slice(0, MOST).map((one) => one.template)
}

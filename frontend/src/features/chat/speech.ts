/** What a screen reader was told of an answer: up to `at` of its text, a line for each time. */
export interface Speech {
  id: number | null
  at: number
  lines: readonly string[]
}

export const silence: Speech = { id: null, at: 0, lines: [] }

const SENTENCE_END = /[.!?…。！？](?:["'”’)\]*_]*)(?=\s)|\n+/g
const FENCE = /^\s*(?:```|~~~)/gm

/** Where the last whole sentence after `from` ends; an open fence is waited for. */
export function sentenceEnd(text: string, from: number): number {
  const fences = [...text.matchAll(FENCE)].map((match) => match.index)
  const limit = fences.length % 2 === 1 ? (fences.at(-1) ?? text.length) : text.length
  let end = from
  for (const match of text.slice(0, limit).matchAll(SENTENCE_END)) end = Math.max(end, match.index + match[0].length)
  return end
}

/** Markdown as one would read it out: code is only named, marks are left out. */
export function readable(text: string, code: string): string {
  return text
    .replaceAll(/^\s*(```|~~~)[\s\S]*?(?:^\s*\1.*$|$(?![\s\S]))/gm, ` ${code}. `)
    .replaceAll(/^\s*\|?[\s:|-]+\|\s*$/gm, ' ')
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/^\s*(?:#{1,6}|>|[-*+])\s+/gm, '')
    .replaceAll(/\*\*|~~|`|\$\$|\\[()[\]]/g, '')
    .replaceAll(/\|/g, ', ')
    .replaceAll(/\s+/g, ' ')
    .trim()
}

/** Says what has become whole since the last time; all of it when the answer has ended. */
export function speakOn(before: Speech, id: number, text: string, ended: boolean, code: string): Speech {
  const known = before.id === id ? before : { ...silence, id }
  const end = ended ? text.length : sentenceEnd(text, known.at)
  if (end <= known.at) return known
  const line = readable(text.slice(known.at, end), code)
  return { id, at: end, lines: line === '' ? known.lines : [...known.lines, line] }
}

const HALF_LINK = /!?\[([^\]\n]*)\]\([^)\s]*$/
const LONE_MARK = /(?<=^|[\s([{])(?:\*{1,3}|_{1,3}|~~?|`|!?\[)$/

const count = (text: string, mark: string) => text.split(mark).length - 1

function withoutCode(text: string): string {
  return text.replaceAll(/`[^`\n]*`/g, '')
}

/** A row of a table whose second line has not come yet would be shown as text first. */
function withoutHalfTable(text: string): string {
  const lines = text.split('\n')
  const from = lines.findIndex((line) => line.trimStart().startsWith('|'))
  if (from < 0) return text
  const delimiter = lines[from + 1]
  const whole = delimiter !== undefined && /^\s*\|?\s*:?-+/.test(delimiter) && lines.length > from + 2
  return whole || /^\s*\|?\s*:?-+:?\s*\|[\s|:-]*-\s*\|?$/.test(delimiter ?? '') ? text : lines.slice(0, from).join('\n')
}

function closed(text: string): string {
  if (count(text, '`') % 2 === 1) return `${text}\``
  const plain = withoutCode(text)
  let whole = text
  for (const mark of ['**', '~~']) {
    if (count(plain, mark) % 2 === 1) whole = `${whole.trimEnd()}${mark}`
  }
  return whole
}

/** The end of a text that is still being written, as it will probably look: emphasis and code that are open are closed,
 * half a link shows its words, and marks without their words wait. */
export function mend(text: string): string {
  const at = text.lastIndexOf('\n\n') + 1
  const tail = withoutHalfTable(text.slice(at)).replace(HALF_LINK, '$1').replace(LONE_MARK, '')
  return text.slice(0, at) + closed(tail)
}

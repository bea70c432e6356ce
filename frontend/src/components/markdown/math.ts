const MARK = '$$'
const CODE = /(```[\s\S]*?```|~~~[\s\S]*?~~~|`+[^`\n]*`+)/
const BRACKETED = /\\\(([^\n]+?)\\\)/g
const DISPLAYED = /^[ \t]*(?:\\\[([\s\S]+?)\\\]|\$\$([\s\S]+?)\$\$)[ \t]*$/gm
const SINGLE = /(?<![\\$\p{L}\p{N}])\$(?![\s$])((?:\\.|[^$\\\n])+?)(?<!\s)\$(?![$\p{N}])/gu
const NAMED = /\\(?:text|mathrm|operatorname|textbf|mathbf)\{[^}]*\}/g
const WORDS = /\p{Script=Hangul}|\p{L}{3,}\s+\p{L}{2,}|^\d[^\\=+^_]*\s\p{L}{2,}(?:\s|$)/u

/** "from $5 to 6$" is money: mathematics holds no running words, except where it names them as text. */
const isMoney = (inner: string) => WORDS.test(inner.replaceAll(NAMED, ''))

function markProse(text: string): string {
  return text
    .replaceAll(DISPLAYED, (_all, first: string | undefined, second: string | undefined) => `${MARK}\n${(first ?? second ?? '').trim()}\n${MARK}`)
    .replaceAll(BRACKETED, (_all, inner: string) => `${MARK}${inner.trim()}${MARK}`)
    .replaceAll(SINGLE, (all, inner: string) => (isMoney(inner) ? all : `${MARK}${inner}${MARK}`))
}

/** Writes every kind of mathematics, `$x$`, `\(x\)`, `\[x\]` and `$$x$$`, with two dollars; a dollar that is money stays.
 * Code is left as it is. The rule of the single dollar is Pandoc's (tex_math_dollars). */
export function markMath(text: string): string {
  if (!/\$|\\[([]/.test(text)) return text
  return text.split(CODE).map((part, index) => (index % 2 === 1 ? part : markProse(part))).join('')
}

export const hasMath = (marked: string) => marked.includes(MARK)

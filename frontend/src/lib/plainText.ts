const FENCE = /^ {0,3}(`{3,}|~{3,})/
const RULE = /^ {0,3}([-*_])( *\1){2,} *$/
const TABLE_RULE = /^ *\|?( *:?-+:? *\|)+( *:?-+:? *)?$/

function plainWords(line: string): string {
  return line
    .replace(/!\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/\[([^\]]+)\]\((\S+?)(?: "[^"]*")?\)/g, '$1 ($2)')
    .replace(/(\*\*|__)(?=\S)(.+?)(?<=\S)\1/g, '$2')
    .replace(/(?<![\w*])\*(?=[^\s*])(.+?)(?<=[^\s*])\*(?!\*)/g, '$1')
    .replace(/(?<!\w)_(?=\S)(.+?)(?<=\S)_(?!\w)/g, '$1')
    .replace(/~~(?=\S)(.+?)(?<=\S)~~/g, '$1')
    .replace(/\\([\\`*_{}[\]()#+\-.!~|>])/g, '$1')
}

/** Code between backticks keeps its marks to itself. */
const plainSpans = (line: string) =>
  line
    .split(/(`+[^`]+`+)/)
    .map((part, index) => (index % 2 === 1 ? part.replace(/^`+|`+$/g, '') : plainWords(part)))
    .join('')

const plainCells = (line: string) =>
  /^ *\|.*\| *$/.test(line)
    ? line
        .trim()
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim())
        .join('\t')
    : line

/** Markdown as it reads without its marks, for where only letters can be pasted. Lists and paragraphs stay lines. */
export function plainText(markdown: string): string {
  const lines: string[] = []
  let fence: string | null = null
  for (const line of markdown.split('\n')) {
    const mark = FENCE.exec(line)?.[1]
    if (fence !== null) {
      if (mark?.startsWith(fence)) fence = null
      else lines.push(line)
    } else if (mark !== undefined) {
      fence = mark
    } else if (!RULE.test(line) && !TABLE_RULE.test(line)) {
      lines.push(plainSpans(plainCells(line.replace(/^ {0,3}#{1,6} +/, '').replace(/^( *> ?)+/, ''))))
    }
  }
  return lines.join('\n').trim()
}

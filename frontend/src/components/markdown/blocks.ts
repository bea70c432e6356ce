/** A piece of a text that stands for itself: what is appended to the text changes the last one only. */
export interface Block {
  text: string
  /** The end of a fence or of displayed mathematics has not come yet. */
  open: 'code' | 'math' | null
  /** Belongs to what stands before it: a very long list or paragraph, cut for speed. */
  joined: boolean
}

/** A longer list or paragraph is cut, so that one that grows is not rendered whole in every frame. */
export const LONGEST_BLOCK = 3_000

const FENCE = /^(\s*)(`{3,}|~{3,})([^`]*)$/
const ITEM = /^ {0,3}(?:[-*+]|\d{1,9}[.)])(?:\s|$)/
const DEFINITION = /^ {0,3}\[(?!\^)((?:[^\]\\]|\\.)+)\]:\s*\S/
const FOOTNOTE = /^ {0,3}\[\^[^\]]+\]:/m

interface Scan {
  blocks: Block[]
  lines: string[]
  length: number
  /** What would end the fence or the mathematics that is open: its mark. */
  fence: string | null
  math: string | null
  blank: boolean
  joined: boolean
}

const isList = (lines: readonly string[]) => ITEM.test(lines.find((line) => line.trim() !== '') ?? '')

function flush(scan: Scan, joined: boolean): void {
  if (scan.lines.some((line) => line.trim() !== '')) {
    const open = scan.fence !== null ? 'code' : scan.math !== null ? 'math' : null
    scan.blocks.push({ text: scan.lines.join('\n'), open, joined: scan.joined })
  }
  scan.lines = []
  scan.length = 0
  scan.joined = joined
}

function take(scan: Scan, line: string): void {
  scan.lines.push(line)
  scan.length += line.length + 1
  scan.blank = line.trim() === ''
}

/** Whether a line after a blank one still belongs to what came before. Too often yes is right but slow, too often no wrong. */
const continues = (lines: readonly string[], line: string) => /^(?: {2,}|\t)/.test(line) || (isList(lines) && ITEM.test(line))

function isCut({ lines, length, blank }: Scan, line: string): boolean {
  if (length < LONGEST_BLOCK) return false
  if (isList(lines)) return ITEM.test(line) && !line.startsWith(' ')
  return !blank && !/^\s*[|>#]|\|/.test(line) && !/^\s*[|>]|^(?: {4}|\t)/.test(lines[0] ?? '')
}

const closesFence = (fence: string, line: string) => new RegExp(`^\\s*${fence.charAt(0)}{${fence.length},}\\s*$`).test(line)

function insideFence(scan: Scan, fence: string, line: string): void {
  take(scan, line)
  if (!closesFence(fence, line)) return
  scan.fence = null
  if (/^\S/.test(scan.lines[0] ?? '') && FENCE.test(scan.lines[0] ?? '')) flush(scan, false)
}

/** The mark that ends displayed mathematics which a line begins and does not end itself. */
function opensMath(line: string): string | null {
  const text = line.trim()
  if (text.startsWith('$$') && !text.slice(2).includes('$$')) return '$$'
  return text.startsWith('\\[') && !text.includes('\\]') ? '\\]' : null
}

function step(scan: Scan, line: string): void {
  if (scan.fence !== null) insideFence(scan, scan.fence, line)
  else if (scan.math !== null) insideMath(scan, scan.math, line)
  else outside(scan, line)
}

function insideMath(scan: Scan, mark: string, line: string): void {
  take(scan, line)
  if (line.includes(mark)) scan.math = null
}

function outside(scan: Scan, line: string): void {
  const fence = FENCE.exec(line)
  if (fence?.[1] === '') flush(scan, false)
  else if (line.trim() !== '' && scan.blank && !continues(scan.lines, line)) flush(scan, false)
  else if (isCut(scan, line)) flush(scan, true)
  take(scan, line)
  scan.fence = fence?.[2] ?? null
  scan.math = fence ? null : opensMath(line)
}

/** Link definitions count in the whole text: they go along with each piece that may mean them. */
function withDefinitions(blocks: Block[], text: string): Block[] {
  const found = text.split('\n').flatMap((line) => {
    const match = DEFINITION.exec(line)
    return match?.[1] === undefined ? [] : [{ mark: `[${match[1].toLowerCase()}]`, line }]
  })
  if (found.length === 0) return blocks
  return blocks.map((block) => {
    if (block.open !== null) return block
    const plain = block.text.toLowerCase()
    const meant = found.filter(({ mark, line }) => plain.includes(mark) && !block.text.includes(line))
    return meant.length === 0 ? block : { ...block, text: [block.text.trimEnd(), '', ...meant.map(({ line }) => line)].join('\n') }
  })
}

/** Markdown cut into pieces that can be parsed apart: at blank lines outside lists, fences and displayed mathematics, and
 * around fences. A text with footnotes stays whole. */
export function splitBlocks(text: string): Block[] {
  if (FOOTNOTE.test(text)) return [{ text, open: null, joined: false }]
  const scan: Scan = { blocks: [], lines: [], length: 0, fence: null, math: null, blank: false, joined: false }
  for (const line of text.replaceAll('\r\n', '\n').split('\n')) step(scan, line)
  flush(scan, false)
  return text.includes(']:') ? withDefinitions(scan.blocks, text) : scan.blocks
}

/** Language and text of a block that begins with a fence. */
export function fenceOf(text: string): { language: string; code: string } {
  const end = text.indexOf('\n')
  const head = end < 0 ? text : text.slice(0, end)
  const language = /^[`~]+\s*([^\s`{]*)/.exec(head)?.[1] ?? ''
  return { language, code: end < 0 ? '' : text.slice(end + 1) }
}

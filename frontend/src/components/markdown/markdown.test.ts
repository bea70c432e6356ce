import { describe, expect, it } from 'vitest'
import { LONGEST_BLOCK, fenceOf, splitBlocks } from './blocks'
import { markMath } from './math'
import { mend } from './mend'
import { safeAddress } from './elements'
import { CODE_COLOURS } from './style'

const texts = (text: string) => splitBlocks(text).map((block) => block.text.trim())

describe('blocks', () => {
  it('end at blank lines, but not inside lists, fences and displayed mathematics', () => {
    expect(texts('one\ntwo\n\nthree')).toEqual(['one\ntwo', 'three'])
    expect(texts('1. a\n\n2. b\n\n   more of b\n\nend')).toEqual(['1. a\n\n2. b\n\n   more of b', 'end'])
    expect(texts('text\n```py\na\n\nb\n```\nafter')).toEqual(['text', '```py\na\n\nb\n```', 'after'])
    expect(texts('\\[\na\n\nb\n\\]\n\nafter')).toEqual(['\\[\na\n\nb\n\\]', 'after'])
    expect(texts('````\n```\n````\nx')).toEqual(['````\n```\n````', 'x'])
    expect(texts('')).toEqual([])
  })

  it('say what is open at the end', () => {
    expect(splitBlocks('a\n\n```js\nlet x').at(-1)).toEqual({ text: '```js\nlet x', open: 'code', joined: false })
    expect(splitBlocks('$$\nx^2').at(-1)?.open).toBe('math')
    expect(splitBlocks('$$x$$').at(-1)?.open).toBeNull()
    expect(fenceOf('```js title\nlet x\n')).toEqual({ language: 'js', code: 'let x\n' })
    expect(fenceOf('~~~')).toEqual({ language: '', code: '' })
  })

  it('stay as they are while the text after them grows', () => {
    const text = 'First.\n\n- a\n- b\n\nThen `code`.\n\n```py\nprint(1)\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nEnd.'
    for (let length = 1; length < text.length; length += 1) {
      const [now, next] = [splitBlocks(text.slice(0, length)), splitBlocks(text.slice(0, length + 1))]
      expect(next.slice(0, now.length - 1).map((one) => one.text.trim())).toEqual(now.slice(0, -1).map((one) => one.text.trim()))
    }
  })

  it('cut a very long list and paragraph, and no table', () => {
    const list = Array.from({ length: 900 }, (_none, at) => `${at + 1}. item`)
    const cut = splitBlocks(list.join('\n'))
    expect(cut.length).toBeGreaterThan(2)
    expect(cut.map((one) => one.text).join('\n')).toBe(list.join('\n'))
    expect(cut.map((one) => one.joined)).toEqual([false, ...cut.slice(1).map(() => true)])
    expect(Math.max(...cut.map((one) => one.text.length))).toBeLessThan(LONGEST_BLOCK + 20)
    expect(splitBlocks(Array.from({ length: 900 }, () => 'a line of words').join('\n')).length).toBeGreaterThan(2)
    expect(splitBlocks(`|a|\n|---|\n${'|b|\n'.repeat(2000)}`)).toHaveLength(1)
  })

  it('take link definitions along, and leave footnotes whole', () => {
    expect(texts('See [here][1].\n\nElse.\n\n[1]: https://a.example')).toEqual(['See [here][1].\n\n[1]: https://a.example', 'Else.', '[1]: https://a.example'])
    expect(splitBlocks('a[^1]\n\n[^1]: note')).toHaveLength(1)
  })
})

describe('what is still being written', () => {
  it.each([
    ['a **bold', 'a **bold**'],
    ['a **bold ', 'a **bold**'],
    ['a **', 'a '],
    ['run `make', 'run `make`'],
    ['`a**b` and **c', '`a**b` and **c**'],
    ['see [the page](https://a.ex', 'see the page'],
    ['done **once**\n\n**twi', 'done **once**\n\n**twi**'],
    ['2 * 3 * ', '2 * 3 * '],
    ['text\n\n| a | b', 'text\n'],
    ['| a | b |\n|---|---|', '| a | b |\n|---|---|'],
    ['| a | b |\n|---|---|\n| 1', '| a | b |\n|---|---|\n| 1'],
  ])('%j looks like %j', (text, shown) => {
    expect(mend(text)).toBe(shown)
  })
})

describe('mathematics', () => {
  it.each([
    ['so $x^2$ is', 'so $$x^2$$ is'],
    ['\\(a+b\\)', '$$a+b$$'],
    ['\\[\na+b\n\\]', '$$\na+b\n$$'],
    ['$$a$$', '$$\na\n$$'],
    ['값은 $\\text{가격} = 5$이다', '값은 $$\\text{가격} = 5$$이다'],
  ])('%j is read', (text, marked) => {
    expect(markMath(text)).toBe(marked)
  })

  it.each(['$5 and $6', 'from $5 to 6$ or so', '월 $20, 연 $200', '가격은 $10이고 세금은 $2이다', 'costs \\$5', '`$x$`', '```\n$x$\n```', 'US$5 and US$6', '$HOME and $PATH'])(
    '%j is not',
    (text) => {
      expect(markMath(text)).toBe(text)
    },
  )
})

it('leads to pages, mailboxes and documents only', () => {
  for (const url of ['https://a.example/b', 'HTTP://a', 'mailto:a@b.c', '/library/7?chunk=3']) expect(safeAddress(url)).toBe(url)
  for (const url of ['javascript:alert(1)', 'data:text/html,x', 'vbscript:x', '/api/auth/logout/', 'ftp://a', '//evil.example']) expect(safeAddress(url)).toBe('')
})

describe('colours of code', () => {
  const parse = (hex: string) => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16))
  const over = (top: string, share: number, ground: string) => parse(top).map((value, at) => value * share + (parse(ground)[at] ?? 0) * (1 - share))
  const luminance = (rgb: number[]) => {
    const [r = 0, g = 0, b = 0] = rgb.map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const contrast = (a: number[], b: number[]) => (Math.max(luminance(a), luminance(b)) + 0.05) / (Math.min(luminance(a), luminance(b)) + 0.05)

  it.each([
    ['light', over('#2b231d', 0.07, '#f8f3eb')],
    ['dark', over('#f0e7dc', 0.07, '#1a1613')],
  ] as const)('stand out from their ground by 4.5 : 1 (%s)', (scheme, ground) => {
    for (const [name, colour] of Object.entries(CODE_COLOURS[scheme])) expect(contrast(parse(colour), ground), name).toBeGreaterThanOrEqual(4.5)
  })
})

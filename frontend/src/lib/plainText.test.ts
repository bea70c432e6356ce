import { expect, it } from 'vitest'
import { plainText } from './plainText'

it.each([
  ['# Title\n\nText **bold** and *slanted*, ~~gone~~.', 'Title\n\nText bold and slanted, gone.'],
  ['**온돌(바닥)**은 _따뜻_ 합니다', '온돌(바닥)은 따뜻 합니다'],
  ['- one\n- two\n  1. three', '- one\n- two\n  1. three'],
  ['a * b * c and snake_case_name', 'a * b * c and snake_case_name'],
  ['see [the page](https://a.example "t") [1]', 'see the page (https://a.example) [1]'],
  ['> quoted\n> > twice', 'quoted\ntwice'],
  ['use `**this**` now', 'use **this** now'],
  ['```py\n# not a title\nx = a ** b\n```\nafter', '# not a title\nx = a ** b\nafter'],
  ['| a | b |\n|---|:-:|\n| 1 | **2** |', 'a\tb\n1\t2'],
  ['one\n\n---\n\ntwo \\* three', 'one\n\n\ntwo * three'],
])('%j reads %j', (markdown, plain) => {
  expect(plainText(markdown)).toBe(plain)
})

it('keeps an open fence of an answer that was cut', () => {
  expect(plainText('```\nx = 1')).toBe('x = 1')
})

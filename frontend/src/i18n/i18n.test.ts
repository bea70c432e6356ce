import { describe, expect, it } from 'vitest'
import i18next from 'i18next'
import { ApiError } from '@/lib/http'
import en from './en.json'
import { errorText } from './errors'
import { startI18n, switchLanguage } from './index'
import ko from './ko.json'
import { chooseLanguage } from './language'

interface Tree {
  [key: string]: string | Tree
}

function leaves(tree: Tree, path = ''): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [[`${path}${key}`, value] as [string, string]] : leaves(value, `${path}${key}.`),
  )
}

const plain = (key: string) => key.replace(/_(one|other)$/, '')
const blanks = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]).sort()

describe('translations', () => {
  it('say the same things in both languages', () => {
    const keys = (tree: Tree) => [...new Set(leaves(tree).map(([key]) => plain(key)))].sort()
    expect(keys(ko)).toEqual(keys(en))
  })

  it('fill in the same blanks', () => {
    const other = new Map(leaves(ko).map(([key, text]) => [plain(key), blanks(text)]))
    for (const [key, text] of leaves(en)) expect(other.get(plain(key)), key).toEqual(blanks(text))
  })
})

it('chooses the first language of the browser that it speaks', () => {
  expect(chooseLanguage(['fr', 'ko-KR', 'en'])).toBe('ko')
  expect(chooseLanguage(['EN-gb', 'ko'])).toBe('en')
  expect(chooseLanguage(['fr'])).toBe('en')
})

it('switches, remembers, and tells errors by their code', async () => {
  await startI18n()
  await switchLanguage('ko')
  expect(document.documentElement.lang).toBe('ko')
  expect(localStorage.getItem('ondol.language')).toBe('ko')
  expect(errorText({ code: 'disk_full', message: 'disk full' })).toContain('디스크')
  await switchLanguage('en')
  const overflow = new ApiError(400, { code: 'context_overflow', message: 'too long', params: { needed_tokens: 5000, n_ctx: 4096 } })
  expect(errorText(overflow)).toBe('This is too long for the model: 5000 tokens, and 4096 fit.')
  expect(errorText({ code: 'context_overflow', message: 'too long' })).toBe('too long')
  expect(errorText({ code: 'never_heard_of', message: 'plain words' })).toBe('plain words')
  expect(i18next.t('library.passages', { count: 1 })).toBe('1 passage')
})

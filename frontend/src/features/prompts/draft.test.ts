import { expect, it } from 'vitest'
import { EMPTY, namesIn, withVariables } from './draft'

it('finds every variable once, in order, in prompt and examples', () => {
  const draft = { ...EMPTY, system_prompt: 'Into {{language}}, {{ tone }}.', examples: [{ user: '{{tone}} {{이름}}', assistant: '{{}} { {x} }' }] }
  expect(namesIn(draft)).toEqual(['language', 'tone', '이름'])
})

it('keeps the defaults of names that are still used', () => {
  const draft = { ...EMPTY, system_prompt: '{{a}} {{b}}', variables: [{ name: 'b', default: '2' }, { name: 'gone', default: 'x' }] }
  expect(withVariables(draft).variables).toEqual([
    { name: 'a', default: '' },
    { name: 'b', default: '2' },
  ])
})

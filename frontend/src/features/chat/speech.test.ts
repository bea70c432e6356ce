import { describe, expect, it } from 'vitest'
import { readable, sentenceEnd, silence, speakOn } from './speech'

describe('what is read out', () => {
  it('are whole sentences, each once', () => {
    const texts = ['The floor', 'The floor is warm. It', 'The floor is warm. It stays so for hours.', 'The floor is warm. It stays so for hours.\n\n온돌은 따뜻']
    const heard = texts.reduce((speech, text) => speakOn(speech, 2, text, false, 'Code'), silence)
    expect(heard.lines).toEqual(['The floor is warm.', 'It stays so for hours.'])
    expect(speakOn(heard, 2, `${texts.at(-1) ?? ''}하다`, true, 'Code').lines.at(-1)).toBe('온돌은 따뜻하다')
    expect(speakOn(heard, 4, 'Another. ', false, 'Code').lines).toEqual(['Another.'])
  })

  it('is no number that goes on, and no code that is open', () => {
    expect(sentenceEnd('It is 3.5 metres', 0)).toBe(0)
    expect(sentenceEnd('Look:\n```js\na.b()\n', 0)).toBe('Look:\n'.length)
  })

  it('has no marks, and only names code', () => {
    expect(readable('## **Warm** floors\n\n- see [the plan](https://a.example)\n- `flue`', 'Code')).toBe('Warm floors see the plan flue')
    expect(readable('So:\n\n```py\nprint(1)\n```\nDone.', 'Code')).toBe('So: Code. Done.')
    expect(readable('| a | b |\n|---|---|\n| 1 | 2 |', 'Code')).toBe(', a , b , , 1 , 2 ,')
  })
})

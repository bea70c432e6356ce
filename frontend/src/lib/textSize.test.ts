import { expect, it } from 'vitest'
import { rememberedTextSize, startTextSize, switchTextSize } from './textSize'

it('is remembered, and goes back to the size of the browser', () => {
  expect(rememberedTextSize()).toBe('normal')
  switchTextSize('large')
  expect(document.documentElement.style.fontSize).toBe('112.5%')
  document.documentElement.style.fontSize = ''
  startTextSize()
  expect(document.documentElement.style.fontSize).toBe('112.5%')
  switchTextSize('normal')
  expect(document.documentElement.style.fontSize).toBe('')
})

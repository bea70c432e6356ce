import { type RefObject, useEffect, useEffectEvent } from 'react'

type KeyPress = Pick<KeyboardEvent, 'key' | 'keyCode' | 'shiftKey' | 'isComposing'>

/** Safari ends a composition before it tells of the key; only the old code 229 gives it away there. */
// eslint-disable-next-line @typescript-eslint/no-deprecated
export const isComposing = (event: KeyPress) => event.isComposing || event.keyCode === 229

/** Touch keyboards have no Shift+Enter, so there Enter is a new line. */
const isTouch = () => window.matchMedia('(pointer: coarse)').matches

/**
 * Enter sends, Shift+Enter is a new line, and text that is being composed (Korean, Japanese, Chinese) is sent whole and once.
 *
 * The Enter that ends a composition belongs to the input method. Korean ones pass it on: as a second keydown (Chrome), or only as
 * the new line that would now be inserted (Safari). Others keep it. So that the line break itself is what counts there: the
 * `beforeinput` of a break that no keydown explained sends too, after the composition has ended (UI Events, section 5.7).
 */
export function useSendKey(input: RefObject<HTMLTextAreaElement | null>, send: () => void): void {
  const fire = useEffectEvent(send)
  useEffect(() => {
    const area = input.current
    if (!area) return undefined
    let shift = false
    let waiting = false
    const onKeyDown = (event: KeyboardEvent) => {
      shift = event.shiftKey
      if (event.key !== 'Enter' || shift || isComposing(event) || event.defaultPrevented || isTouch()) return
      event.preventDefault()
      fire()
    }
    const onBreak = (event: InputEvent) => {
      if (!/^insert(?:LineBreak|Paragraph)$/.test(event.inputType) || shift || event.defaultPrevented || isTouch()) return
      event.preventDefault()
      if (event.isComposing) waiting = true
      else fire()
    }
    const onEnd = () => {
      if (waiting) setTimeout(fire) // the last syllable is in the box only after this event
      waiting = false
    }
    area.addEventListener('keydown', onKeyDown)
    area.addEventListener('beforeinput', onBreak)
    area.addEventListener('compositionend', onEnd)
    return () => {
      area.removeEventListener('keydown', onKeyDown)
      area.removeEventListener('beforeinput', onBreak)
      area.removeEventListener('compositionend', onEnd)
    }
  }, [input])
}

import { useCallback, useEffect, useRef, useState } from 'react'

const NEAR_PX = 48

/** Follows growing content until the reader scrolls up; coming back to the end takes hold again. */
export function useStickToBottom() {
  const box = useRef<HTMLDivElement>(null)
  const content = useRef<HTMLDivElement>(null)
  const held = useRef(true)
  const [away, setAway] = useState(false)

  const toBottom = useCallback(() => {
    held.current = true
    setAway(false)
    const view = box.current
    if (view) view.scrollTop = view.scrollHeight
  }, [])

  useEffect(() => {
    const view = box.current
    if (!view || !content.current) return undefined
    let lastTop = view.scrollTop
    const onScroll = () => {
      const near = view.scrollHeight - view.scrollTop - view.clientHeight < NEAR_PX
      if (near) held.current = true
      else if (view.scrollTop < lastTop) held.current = false
      lastTop = view.scrollTop
      setAway(!near && !held.current)
    }
    const observer = new ResizeObserver(() => {
      if (held.current) view.scrollTop = view.scrollHeight
    })
    observer.observe(content.current)
    observer.observe(view)
    view.addEventListener('scroll', onScroll, { passive: true })
    return () => {
      observer.disconnect()
      view.removeEventListener('scroll', onScroll)
    }
  }, [])

  return { box, content, away, toBottom }
}

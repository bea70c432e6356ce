import { useEffect, useRef, useState } from 'react'
import type { Run } from './state/state'

const EVERY_MS = 1000
const WINDOW = 4

/** Tokens a second of the answer that is being written, over the last seconds; null before there is something to count. */
export function useWritingSpeed(run: Run | undefined): number | null {
  const writing = run?.phase === 'writing' ? run.id : null
  const seq = useRef(0)
  const [told, setTold] = useState<{ run: string; speed: number } | null>(null)
  useEffect(() => {
    seq.current = run?.seq ?? 0
  })
  useEffect(() => {
    if (writing === null) return undefined
    const counts: { at: number; seq: number }[] = [{ at: performance.now(), seq: seq.current }]
    const timer = setInterval(() => {
      counts.push({ at: performance.now(), seq: seq.current })
      if (counts.length > WINDOW) counts.shift()
      const [first, last] = [counts[0], counts.at(-1)]
      if (first && last) setTold({ run: writing, speed: (1000 * (last.seq - first.seq)) / (last.at - first.at) })
    }, EVERY_MS)
    return () => clearInterval(timer)
  }, [writing])
  return writing !== null && told?.run === writing && told.speed > 0 ? told.speed : null
}

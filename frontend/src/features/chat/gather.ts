import type { ServerFrame } from '@/lib/frames'

/** A window that is hidden draws no frames, but what arrives must not pile up. */
const HIDDEN_MS = 250

/** Tokens come faster than a screen draws: gathers them and hands them on once a frame, in order. */
export function gather(handOn: (frames: ServerFrame[]) => void) {
  let waiting: ServerFrame[] = []
  let frame: number | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  const stop = () => {
    if (frame !== undefined) cancelAnimationFrame(frame)
    clearTimeout(timer)
    frame = timer = undefined
  }
  const flush = () => {
    stop()
    const frames = waiting
    waiting = []
    handOn(frames)
  }
  const push = (arrived: ServerFrame) => {
    waiting.push(arrived)
    if (timer !== undefined) return
    timer = setTimeout(flush, HIDDEN_MS)
    if (document.visibilityState === 'visible') frame = requestAnimationFrame(flush)
  }
  return { push, stop }
}

import { useEffect, useRef } from 'react'
import type { ClientFrame } from '@/lib/frames'

const REST_MS = 400
const EVERY_MS = 1_000
/** The box reads no further into a draft than this. */
const MOST_CHARS = 20_000

export type SendDraft = (frame: Extract<ClientFrame, { type: 'draft' }>) => boolean

/** When to tell of a change: at a pause in typing, yet at most, and while typing goes on about, once a second. */
export function waitMs(now: number, changedAt: number, toldAt: number): number {
  const pause = Math.min(REST_MS, Math.max(0, changedAt + EVERY_MS - now))
  return Math.max(pause, toldAt + EVERY_MS - now)
}

/** Tells the box what is being typed, so that it can read ahead, and once more when the text is gone. `send` is null
 * while the box does not read drafts, or the chat is being answered. */
export function useDrafts(text: string, useRag: boolean, send: SendDraft | null): void {
  const told = useRef('')
  const toldAt = useRef(0)
  const changedAt = useRef<number | null>(null)
  useEffect(() => {
    const content = text.trim() === '' ? '' : text.slice(0, MOST_CHARS)
    const key = content === '' ? '' : `${useRag ? 'rag' : 'plain'} ${content}`
    if (!send) told.current = ''
    if (!send || key === told.current) {
      changedAt.current = null
      return undefined
    }
    changedAt.current ??= Date.now()
    const tell = () => {
      changedAt.current = null
      if (!send({ type: 'draft', content, use_rag: useRag })) return
      told.current = key
      toldAt.current = Date.now()
    }
    const timer = setTimeout(tell, waitMs(Date.now(), changedAt.current, toldAt.current))
    return () => clearTimeout(timer)
  }, [text, useRag, send])
}

import { errorFromText, unreachable } from '@/lib/http'
import { LineReader } from '@/lib/ndjson'
import type { ApiErrorBody, TemplateDraft } from '@/lib/types'

export interface Trial {
  template: TemplateDraft
  variables: Record<string, string>
  content: string
}

export type TrialEvent =
  | { type: 'queued'; position: number }
  | { type: 'prompt_progress'; done: number; total: number }
  | { type: 'stream_token'; token: string }
  | { type: 'stream_end'; finish_reason: string; usage: { prompt_tokens: number; completion_tokens: number } }
  | { type: 'error'; error: ApiErrorBody }

/** Streams an answer that is not kept. Aborting the signal stops it. Throws ApiError only. */
export async function tryTemplate(trial: Trial, onEvent: (event: TrialEvent) => void, signal: AbortSignal): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const init: RequestInit = { method: 'POST', credentials: 'same-origin', headers, body: JSON.stringify(trial), signal }
  try {
    const response = await fetch('/api/prompts/try/', init)
    if (!response.ok || response.body === null) throw errorFromText(response.status, await response.text())
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
    const lines = new LineReader()
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      for (const event of lines.feed(piece.value)) onEvent(event as TrialEvent)
    }
  } catch (error) {
    if (signal.aborted) return
    throw error instanceof TypeError ? unreachable() : error
  }
}

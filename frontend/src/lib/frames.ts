import type { ApiErrorBody, ContextUse, EngineBrief, EngineState, LibraryDocument, Message, Session, Source } from './types'

export type ServerFrame =
  | { type: 'session_info'; session: Session; engine?: EngineBrief | null; drafts?: boolean }
  | { type: 'session_updated'; session: Session }
  | { type: 'session_deleted'; session_id: string }
  | { type: 'sessions_info' }
  | { type: 'message_stored'; message: Message; client_id?: string | null }
  | { type: 'message_known'; client_id: string; message_id: number }
  | { type: 'branch'; leaf_id: number | null }
  | { type: 'queued'; run_id: string; position: number; eta_s: number | null }
  | { type: 'prompt_progress'; run_id: string; done: number; total: number; cached: number; eta_s: number | null }
  | {
      type: 'stream_start'
      run_id: string
      seq: number
      content: string
      message: { id: number | string; role: 'assistant'; parent_id?: number | null }
      context?: ContextUse | null
      resumed?: boolean
    }
  | { type: 'stream_token'; run_id: string; seq: number; token: string }
  | { type: 'stream_rewind'; run_id: string; seq: number; content: string }
  | { type: 'stream_end'; run_id: string; seq?: number; message: Message; finish_reason?: string }
  | { type: 'error'; error: ApiErrorBody; run_id?: string | null; client_id?: string | null }
  | {
      type: 'model_restarting'
      run_id: string
      reason: string
      attempt: number
      attempts: number
      cause: string | null
      eta_s: number | null
    }
  | { type: 'model_state'; state: EngineState; reason: string | null; percent?: number | null }
  | { type: 'document_state'; document: LibraryDocument }
  | { type: 'document_removed'; document_id: string }
  | { type: 'library_info' }
  | { type: 'source_changed' | 'source_deleted' | 'source_restored'; message_id: number; n: number; source: Source }
  | { type: 'pong' }

export type ClientFrame =
  | { type: 'message'; client_id: string; content: string; use_rag: boolean; edit_of?: number }
  | { type: 'regenerate' | 'continue' | 'select'; message_id: number }
  | { type: 'draft'; content: string; use_rag: boolean }
  | { type: 'stop'; run_id?: string }
  | { type: 'resume'; run_id: string; after_seq: number }
  | { type: 'ping' }

/** Undefined for what is not a JSON object with a `type`; unknown types are the reducer's to ignore. */
export function parseFrame(text: string): ServerFrame | undefined {
  try {
    const value: unknown = JSON.parse(text)
    const named = typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
    return named ? (value as ServerFrame) : undefined
  } catch {
    return undefined
  }
}

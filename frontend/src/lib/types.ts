/** What crosses the network, named as the server names it. Times are ISO 8601 strings, sizes bytes. */

export interface ApiErrorBody {
  code: string
  message: string
  params?: Record<string, unknown> | null
  request_id?: string | null
}

export interface User {
  id: string
  username: string
  locale: string | null
  created_at: string
}

export interface SessionSettings {
  temperature: number
  top_p: number
  top_k: number
  min_p: number
  typical_p: number
  repeat_penalty: number
  repeat_last_n: number
  frequency_penalty: number
  presence_penalty: number
  dry_multiplier: number
  xtc_probability: number
  mirostat: number
  max_tokens: number
  seed: number | null
  stop: string[]
  system_prompt: string
  template_id: string | null
  template_variables?: Record<string, string>
  use_rag: boolean
  document_ids: string[]
  collections?: string[]
}

/** `null` puts a key back to its default. */
export type SettingsPatch = { [Key in keyof SessionSettings]?: SessionSettings[Key] | null }

export interface Session {
  id: string
  title: string
  settings: SessionSettings
  created_at: string
  updated_at: string
  message_count: number
  running: boolean
  pinned: boolean
  archived: boolean
  /** '' for none. */
  folder: string
}

export type MessageStatus = 'queued' | 'running' | 'done' | 'stopped' | 'failed'

/** How a cited passage stands now: as it was, worded differently, or gone with its document. */
export type SourceStatus = 'current' | 'changed' | 'deleted'

export interface Source {
  n?: number
  document_id: string
  title: string
  chunk_id?: number | string | null
  text?: string | null
  page?: number | null
  start?: number | null
  end?: number | null
  score?: number | null
  status?: SourceStatus
}

export type { SelfTestLost, SelfTestResult } from './selfTestTypes'

export interface SourceDiff {
  status: SourceStatus
  document_id: string | null
  chunk_id: string | null
  ops: { op: 'equal' | 'delete' | 'insert'; text: string }[]
}

export interface Usage {
  prompt_tokens: number
  cached_tokens: number
  completion_tokens: number
}

export interface Timings {
  queue_s: number
  prompt_s: number
  decode_s: number
  ttft_s: number
  tokens_per_s: number
}

export type Thumb = 'up' | 'down'

/** How much of the model's memory a prompt took, and what no longer fitted. */
export interface ContextUse {
  n_ctx: number
  used: number
  dropped_message_ids: number[]
  dropped_chunk_ids: (number | string)[]
}

export interface Message {
  id: number
  role: 'user' | 'assistant' | 'system'
  content: string
  status: MessageStatus
  created_at: string
  rag_context: string | null
  sources: Source[]
  usage: Usage | null
  timings: Timings | null
  run_id: string | null
  error: ApiErrorBody | null
  thumb?: Thumb | null
  /** Null for the first message; undefined while the server has not told. */
  parent_id?: number | null | undefined
  /** Ids of all messages that stand behind the same parent, oldest first. */
  versions?: number[]
  finish_reason?: string | null | undefined
  /** The model's file, and the template it was asked with. */
  model?: string | null
  template?: string | null
  context?: ContextUse | null
}

export type DocumentState = 'queued' | 'parsing' | 'embedding' | 'ready' | 'failed' | 'unsupported'

export interface LibraryDocument {
  id: string
  title: string
  path: string
  owner: string | null
  collection: string
  state: DocumentState
  error: ApiErrorBody | null
  size_bytes: number
  chunk_count: number
  embedded_count: number
  progress: { done: number; total: number; eta_s: number | null } | null
  created_at: string
  updated_at: string
}

export interface DocumentDetail extends LibraryDocument {
  content: string
}

export interface Passage {
  document_id: string
  title: string
  start: number
  end: number
  text: string
  before: string
  after: string
  page: number | null
}

export interface SearchPassage {
  chunk_id: number | string
  text: string
  score: number
  page: number | null
  why: { bm25: number | null; cosine: number | null } | null
}

export interface SearchResult extends SearchPassage {
  document_id: string
  title: string
  more: SearchPassage[]
  also_in: { document_id: string; title: string }[]
}

export interface Example {
  user: string
  assistant: string
}

export interface Variable {
  name: string
  default: string
}

export interface TemplateDraft {
  name: string
  description: string
  system_prompt: string
  examples: Example[]
  variables: Variable[]
}

/** What a new chat with the template costs: `cold_s` seconds of reading before the question, unless it is warm. */
export interface TemplateEngine {
  warm: boolean
  prefix_tokens: number
  cached_tokens: number
  cold_s: number
}

export interface Template extends TemplateDraft {
  id: string
  /** Null while the model is away or busy. */
  engine: TemplateEngine | null
  created_at: string
  updated_at: string
}

export interface ImportResult {
  imported: Template[]
  skipped: { name: string; reason: string }[]
}

export type EngineState = 'loading' | 'calibrating' | 'ready' | 'unavailable' | 'down'

/** What a chat socket tells about the engine; the full picture is `Engine`. */
export interface EngineBrief {
  state: EngineState
  reason: string | null
  model?: { name: string; demo: boolean } | null
  percent?: number | null
}

export interface ProcessInfo {
  name: string
  up: boolean
  rss_bytes: number | null
}

export interface Engine {
  state: EngineState
  reason: string | null
  percent?: number | null
  model: {
    name: string
    file: string
    size_bytes: number
    demo: boolean
    n_ctx: number
    n_embd: number
    n_vocab: number
    chat_template: boolean
  } | null
  embedder: { name: string; n_embd: number } | null
  reranker?: { name: string; reason: string } | null
  queue: number
  active: number
  parallel: number
  waiting: { position: number; username: string; eta_s: number | null }[]
  sequences: { tokens: number; busy: boolean }[]
  pool_tokens: number
  cache: { prompt_tokens: number; cached_tokens: number }
  speeds: {
    decode_tokens_per_s: number | null
    prompt_tokens_per_s: number | null
    by_depth: { depth: number; decode_tokens_per_s: number; prompt_tokens_per_s: number }[]
  }
  restarts: number
  processes: ProcessInfo[]
}

export interface CatalogueModel {
  name: string
  title: string
  size_bytes: number
  license: string
  license_url: string
  languages: string[]
  min_memory_bytes: number
  installed: boolean
  command: string
}

export interface Models {
  current: string | null
  installed: { file: string; size_bytes: number; name: string | null }[]
  catalogue: CatalogueModel[]
}

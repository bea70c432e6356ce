import { lastUser } from './lastUser'
import type { ApiErrorBody } from './types'

export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly params: Record<string, unknown>
  readonly requestId: string | null

  constructor(status: number, body: ApiErrorBody) {
    super(body.message)
    this.name = 'ApiError'
    this.status = status
    this.code = body.code
    this.params = body.params ?? {}
    this.requestId = body.request_id ?? null
  }
}

/** Status 0: the server was not reached at all. */
export function unreachable(): ApiError {
  return new ApiError(0, { code: 'unreachable', message: 'The server cannot be reached' })
}

const CLOSED = new Set(['config', 'upgrade_failed', 'newer_database', 'disk_full', 'disk_error'])

/** Whether the box is there but keeps shut, because it cannot open its data. A disk that refuses one thing alone answers 507 or 500. */
export const isClosed = (error: unknown): boolean => error instanceof ApiError && error.status === 503 && CLOSED.has(error.code)

export function errorFromText(status: number, text: string): ApiError {
  try {
    const body = (JSON.parse(text) as { error?: ApiErrorBody }).error
    if (body && typeof body.code === 'string') return new ApiError(status, body)
  } catch {
    // a proxy's HTML page, for example: fall through to the plain status
  }
  return new ApiError(status, { code: 'internal', message: `HTTP ${status}` })
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** JSON in, JSON out; `undefined` for an empty answer. Throws ApiError only. */
export async function request<T>(method: Method, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const headers = new Headers({ accept: 'application/json' })
  const user = lastUser()
  if (user) headers.set('x-ondol-user', encodeURIComponent(user.id)) // the service worker keeps each person's chats apart
  const init: RequestInit = { method, credentials: 'same-origin', headers }
  if (signal) init.signal = signal
  if (body !== undefined) {
    init.body = JSON.stringify(body)
    headers.set('content-type', 'application/json')
  }
  const response = await fetch(path, init).catch((cause: unknown) => {
    if (signal?.aborted) throw cause
    throw unreachable()
  })
  const text = await response.text()
  if (!response.ok) throw errorFromText(response.status, text)
  return (text === '' ? undefined : JSON.parse(text)) as T
}

export function query(values: Record<string, string | number | boolean | undefined>): string {
  const pairs = Object.entries(values).filter(([, value]) => value !== undefined && value !== '')
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs.map(([key, value]) => [key, String(value)])).toString()}`
}

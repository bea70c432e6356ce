import type { TrialEvent } from '@/lib/api/trials'
import type { ApiErrorBody } from '@/lib/types'

/** One answer as it comes. */
export interface TrialState {
  running: boolean
  waiting: boolean
  reading: { done: number; total: number } | null
  text: string
  error: ApiErrorBody | Error | null
}

export const IDLE: TrialState = { running: false, waiting: false, reading: null, text: '', error: null }
export type TrialAction = TrialEvent | { type: 'begin' } | { type: 'stopped' } | { type: 'failed'; error: Error }

export function trialReducer(state: TrialState, action: TrialAction): TrialState {
  switch (action.type) {
    case 'begin':
      return { ...IDLE, running: true, waiting: true }
    case 'queued':
      return { ...state, waiting: true }
    case 'prompt_progress':
      return { ...state, waiting: false, reading: { done: action.done, total: action.total } }
    case 'stream_token':
      return { ...state, waiting: false, reading: null, text: state.text + action.token }
    case 'stream_end':
    case 'stopped':
      return { ...state, running: false, waiting: false, reading: null }
    case 'error':
    case 'failed':
      return { ...state, running: false, waiting: false, reading: null, error: action.error }
  }
}

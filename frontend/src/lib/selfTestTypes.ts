export interface SelfTestLost {
  question: string
  title: string
  reason: 'not_found' | 'deleted'
  document_id: string | null
  session_id: string
  message_id: number
}

/** Pinned questions asked again; the shares are null when there was nothing to test. */
export interface SelfTestResult {
  pins: number
  tested: number
  skipped: number
  k: number
  recall_at_1: number | null
  recall_at_k: number | null
  lost: SelfTestLost[]
  duration_s: number
  setup: string
  ran_at: string
}

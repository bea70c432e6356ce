import { query } from '@/lib/http'
import type { Source } from '@/lib/types'

export const isStale = (source: Source) => source.status === 'changed' || source.status === 'deleted'

/** The document at the place of the passage; nothing for a document that is gone. */
export function sourceAddress(source: Source): string | undefined {
  if (source.status === 'deleted') return undefined
  const { chunk_id: chunk, start, end } = source
  const place = chunk === null || chunk === undefined ? '' : query({ chunk, start: start ?? undefined, end: end ?? undefined })
  return `/library/${encodeURIComponent(source.document_id)}${place}`
}

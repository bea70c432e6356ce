import { useMutation } from '@tanstack/react-query'
import { request } from '@/lib/http'
import type { Thumb } from '@/lib/types'

const oneMessage = (session: string, message: number) => `/api/sessions/${session}/messages/${message}/`

/** With all that was said after it. Every viewer of the chat is told on its socket. */
export const deleteMessage = (session: string, message: number) => request<undefined>('DELETE', oneMessage(session, message))

/** Null takes it back. */
export function useThumb(session: string, message: number) {
  const path = `${oneMessage(session, message)}feedback/`
  return useMutation({
    mutationFn: (thumb: Thumb | null) =>
      thumb === null ? request<unknown>('DELETE', path) : request<unknown>('PUT', path, { thumb }),
  })
}

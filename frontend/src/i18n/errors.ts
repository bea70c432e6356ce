import i18next from 'i18next'
import { ApiError } from '@/lib/http'
import type { ApiErrorBody } from '@/lib/types'

/** A sentence for a reader: translated by code, else the server's own words. */
export function errorText(error: ApiErrorBody | Error | null | undefined): string {
  if (!error) return ''
  if (!('code' in error)) return error.message
  const { code, message, params } = error as ApiErrorBody | ApiError
  const key = `errors.${code}`
  const values = Object.fromEntries(Object.entries(params ?? {}).map(([name, value]) => [name, String(value)]))
  const told = i18next.exists(key) ? i18next.t(key, { message, ...values, defaultValue: message }) : message
  return told.includes('{{') ? message : told
}

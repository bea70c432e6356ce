import type { SessionSettings } from '@/lib/types'

export type NumberKey =
  | 'temperature'
  | 'top_p'
  | 'top_k'
  | 'min_p'
  | 'typical_p'
  | 'repeat_penalty'
  | 'repeat_last_n'
  | 'frequency_penalty'
  | 'presence_penalty'
  | 'dry_multiplier'
  | 'xtc_probability'
  | 'mirostat'
  | 'max_tokens'
  | 'seed'

export interface Limit {
  min: number
  max: number
  step: number
  whole: boolean
  /** An empty field is a value too: nothing chosen. */
  optional?: boolean
}

export const LIMITS: Record<NumberKey, Limit> = {
  temperature: { min: 0, max: 5, step: 0.1, whole: false },
  top_p: { min: 0, max: 1, step: 0.05, whole: false },
  top_k: { min: 0, max: 100_000, step: 1, whole: true },
  min_p: { min: 0, max: 1, step: 0.01, whole: false },
  typical_p: { min: 0, max: 1, step: 0.05, whole: false },
  repeat_penalty: { min: 0.1, max: 5, step: 0.05, whole: false },
  repeat_last_n: { min: -1, max: 32_768, step: 1, whole: true },
  frequency_penalty: { min: -2, max: 2, step: 0.1, whole: false },
  presence_penalty: { min: -2, max: 2, step: 0.1, whole: false },
  dry_multiplier: { min: 0, max: 100, step: 0.1, whole: false },
  xtc_probability: { min: 0, max: 1, step: 0.05, whole: false },
  mirostat: { min: 0, max: 2, step: 1, whole: true },
  max_tokens: { min: 1, max: 131_072, step: 1, whole: true },
  seed: { min: 0, max: 4_294_967_294, step: 1, whole: true, optional: true },
}

export const NUMBER_KEYS = Object.keys(LIMITS) as NumberKey[]

/** The number a field holds, null for an empty optional one, undefined when it does not do. */
export function parseSetting(key: NumberKey, text: string): number | null | undefined {
  const { min, max, whole, optional } = LIMITS[key]
  if (text.trim() === '') return optional ? null : undefined
  const value = Number(text.replace(',', '.'))
  if (!Number.isFinite(value) || value < min || value > max || (whole && !Number.isInteger(value))) return undefined
  return value
}

export const settingText = (settings: SessionSettings, key: NumberKey) => {
  const value = settings[key]
  return value === null ? '' : String(value)
}

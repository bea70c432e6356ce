import { formatBytes, formatNumber } from '@/lib/format'
import type { BoxHistory } from '@/lib/api/status'

export type ChartName = 'tokens_per_s' | 'ttft_s' | 'load' | 'memory' | 'cpu' | 'celsius' | 'disk'
export type ColumnName =
  | 'tokens_per_s' | 'ttft_s' | 'active' | 'queue' | 'cpu' | 'celsius' | 'disk_free_bytes'
  | 'web_bytes' | 'model_bytes' | 'ingest_bytes' | 'supervisor_bytes'

export interface ChartPlan {
  name: ChartName
  columns: ColumnName[]
  /** Columns are parts of one whole. */
  stacked: boolean
  /** The top of the axis where the kind has a natural one. */
  max: number | null
  /** What the newest value is a share of, in words. */
  total: number | null
  format: (value: number, locale: string) => string
}

const plain = (value: number, locale: string) => formatNumber(value, locale, value > 0 && value < 10 ? 1 : 0)
const percent = (value: number, locale: string) => value.toLocaleString(locale, { style: 'percent', maximumFractionDigits: 0 })
const seconds = (value: number, locale: string) =>
  new Intl.NumberFormat(locale, { style: 'unit', unit: 'second', unitDisplay: 'narrow', maximumFractionDigits: value < 10 ? 1 : 0 }).format(value)
const degrees = (value: number, locale: string) => `${formatNumber(value, locale)} °C`
const one = { stacked: false, max: null, total: null } as const

/** The drawings that have something to show; a box without a thermometer has none of its heat. */
export function chartPlans({ columns, memory_total_bytes, disk_total_bytes }: BoxHistory): ChartPlan[] {
  const all: ChartPlan[] = [
    { ...one, name: 'tokens_per_s', columns: ['tokens_per_s'], format: plain },
    { ...one, name: 'ttft_s', columns: ['ttft_s'], format: seconds },
    { ...one, name: 'load', columns: ['active', 'queue'], format: plain },
    { ...one, name: 'cpu', columns: ['cpu'], max: 1, format: percent },
    { ...one, name: 'memory', columns: ['model_bytes', 'web_bytes', 'ingest_bytes', 'supervisor_bytes'], stacked: true, total: memory_total_bytes, format: formatBytes },
    { ...one, name: 'disk', columns: ['disk_free_bytes'], max: disk_total_bytes, total: disk_total_bytes, format: formatBytes },
    { ...one, name: 'celsius', columns: ['celsius'], format: degrees },
  ]
  return all.filter((plan) => plan.columns.some((name) => columns[name]?.some((value) => value !== null)))
}

/** The newest value of a drawing in words; of parts the whole. Null where the newest points saw nothing. */
export function latest(plan: ChartPlan, { columns }: BoxHistory, locale: string): string | null {
  const newest = plan.columns.map((name) => columns[name]?.slice(-3).reverse().find((value) => value !== null) ?? null)
  const known = newest.filter((value) => value !== null)
  if (known.length === 0) return null
  const shown = plan.stacked ? known.reduce((sum, value) => sum + value, 0) : (known[0] ?? 0)
  return plan.format(shown, locale)
}

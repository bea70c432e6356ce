const UNITS = ['B', 'kB', 'MB', 'GB', 'TB']

export function formatBytes(bytes: number, locale: string): string {
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000
    unit += 1
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1
  return `${value.toLocaleString(locale, { maximumFractionDigits: digits })} ${UNITS[unit] ?? ''}`
}

export function formatNumber(value: number, locale: string, digits = 0): string {
  return value.toLocaleString(locale, { maximumFractionDigits: digits, minimumFractionDigits: digits })
}

/** "8 s", "2 min", "1 h 5 min" in the reader's language. */
export function formatDuration(seconds: number, locale: string): string {
  const unit = (value: number, name: string) =>
    new Intl.NumberFormat(locale, { style: 'unit', unit: name, unitDisplay: 'short' }).format(value)
  if (seconds < 60) return unit(Math.max(1, Math.round(seconds)), 'second')
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return unit(minutes, 'minute')
  const rest = minutes % 60
  const hours = unit(Math.floor(minutes / 60), 'hour')
  return rest === 0 ? hours : `${hours} ${unit(rest, 'minute')}`
}

const DAY_MS = 86_400_000

/** A time today, a weekday within a week, else a date. */
export function formatWhen(iso: string, locale: string, now: Date = new Date()): string {
  const then = new Date(iso)
  if (Number.isNaN(then.getTime())) return ''
  if (then.toDateString() === now.toDateString()) {
    return then.toLocaleTimeString(locale, { hour: 'numeric', minute: '2-digit' })
  }
  const age = now.getTime() - then.getTime()
  if (age < 6 * DAY_MS) return then.toLocaleDateString(locale, { weekday: 'short' })
  return then.toLocaleDateString(locale, { year: 'numeric', month: 'short', day: 'numeric' })
}

/** Day and time, short: for lists of what happened. */
export function formatMoment(iso: string, locale: string, now: Date = new Date()): string {
  const then = new Date(iso)
  if (Number.isNaN(then.getTime())) return ''
  const time: Intl.DateTimeFormatOptions = { hour: 'numeric', minute: '2-digit' }
  if (then.toDateString() === now.toDateString()) return then.toLocaleTimeString(locale, time)
  return then.toLocaleString(locale, { month: 'short', day: 'numeric', ...time })
}

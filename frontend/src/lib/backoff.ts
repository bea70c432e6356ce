const FIRST_MS = 500
const LONGEST_MS = 15_000

/** Wait before attempt `attempt` (from 0): doubles up to 15 s, then anywhere in its upper half, so that a house full of
 * browsers does not come back in the same instant. */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10))
  return full / 2 + (full / 2) * random()
}

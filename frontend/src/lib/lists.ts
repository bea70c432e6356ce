/** Array methods of 2023, for Node 18 and for phones that no longer get new browsers. */

export const replaced = <T>(list: readonly T[], at: number, item: T): T[] => list.map((one, index) => (index === at ? item : one))

export const without = <T>(list: readonly T[], at: number): T[] => list.filter((_one, index) => index !== at)

export function findFromEnd<T>(list: readonly T[], wanted: (one: T) => boolean): T | undefined {
  return list[lastIndexOf(list, wanted)]
}

export function lastIndexOf<T>(list: readonly T[], wanted: (one: T) => boolean): number {
  for (let at = list.length - 1; at >= 0; at -= 1) {
    const one = list[at]
    if (one !== undefined && wanted(one)) return at
  }
  return -1
}

/** The list with one item moved by `step` places, if there is such a place. */
export function moved<T>(list: readonly T[], index: number, step: 1 | -1): T[] {
  const next = [...list]
  const there = next[index + step]
  const here = next[index]
  if (there === undefined || here === undefined) return next
  next[index] = there
  next[index + step] = here
  return next
}

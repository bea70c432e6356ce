import { useEffect, useState } from 'react'
import type { Options } from 'react-markdown'

type PluggableList = NonNullable<Options['remarkPlugins']>

export interface Extra {
  remark: PluggableList
  rehype: PluggableList
}

interface Load {
  start: () => Promise<{ default: Extra }>
  ready: Extra | null
}

/** Heavy readers that most answers do not need: each is fetched with the first text that does. */
const LOADS = {
  code: { start: () => import('./highlight'), ready: null },
  math: { start: () => import('./katex'), ready: null },
} satisfies Record<string, Load> as Record<'code' | 'math', Load>

/** Null until it is there; a reader that cannot be fetched leaves the text plain. */
export function useExtra(name: 'code' | 'math', wanted: boolean): Extra | null {
  const load = LOADS[name]
  const [, setReady] = useState(load.ready !== null)
  useEffect(() => {
    if (!wanted || load.ready !== null) return undefined
    let here = true
    load.start().then(
      (module) => {
        load.ready = module.default
        if (here) setReady(true)
      },
      () => undefined,
    )
    return () => {
      here = false
    }
  }, [wanted, load])
  return wanted ? load.ready : null
}

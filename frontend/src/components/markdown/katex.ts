import 'katex/dist/katex.min.css'
import rehypeKatex from 'rehype-katex'
import remarkMath from 'remark-math'
import type { Extra } from './extras'

const options = { errorColor: 'var(--mui-palette-error-main)', maxSize: 20, maxExpand: 500, strict: 'ignore', trust: false } as const

export default { remark: [[remarkMath, { singleDollarTextMath: false }]], rehype: [[rehypeKatex, options]] } satisfies Extra

import rehypeHighlight from 'rehype-highlight'
import type { Extra } from './extras'

export default { remark: [], rehype: [[rehypeHighlight, { detect: false }]] } satisfies Extra

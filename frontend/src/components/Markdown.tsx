import Box from '@mui/material/Box'
import { memo, useMemo } from 'react'
import ReactMarkdown from 'react-markdown'
import remarkCjkFriendly from 'remark-cjk-friendly'
import remarkCjkFriendlyStrikethrough from 'remark-cjk-friendly-gfm-strikethrough'
import remarkGfm from 'remark-gfm'
import { citationLinks } from '@/lib/citations'
import { CodeBlock } from './markdown/CodeBlock'
import { type Block, fenceOf, splitBlocks } from './markdown/blocks'
import { elements, safeAddress } from './markdown/elements'
import { useExtra } from './markdown/extras'
import { hasMath, markMath } from './markdown/math'
import { mend } from './markdown/mend'
import { markdownStyle } from './markdown/style'

type Addresses = readonly (string | undefined)[]

interface MarkdownProps {
  text: string
  /** Addresses that `[1]`, `[2]`, … lead to. */
  sources?: Addresses
  /** More of the text is to come. */
  growing?: boolean
}

/** Longer code stays without colours: reading it would take the page longer than a frame. */
const MOST_COLOURED_CHARS = 40_000
const NO_SOURCES: Addresses = []
const READERS = [remarkGfm, remarkCjkFriendly, remarkCjkFriendlyStrikethrough]

const hasCode = (text: string) => text.length < MOST_COLOURED_CHARS && /^\s*(?:```|~~~)/m.test(text)

function Prose({ text, sources }: { text: string; sources: Addresses }) {
  const marked = useMemo(() => markMath(text), [text])
  const math = useExtra('math', hasMath(marked))
  const code = useExtra('code', hasCode(text))
  const remark = useMemo(() => [...READERS, ...(math?.remark ?? []), citationLinks(sources)], [math, sources])
  const rehype = useMemo(() => [...(math?.rehype ?? []), ...(code?.rehype ?? [])], [math, code])
  return (
    <ReactMarkdown remarkPlugins={remark} rehypePlugins={rehype} components={elements} urlTransform={safeAddress}>
      {math ? marked : text}
    </ReactMarkdown>
  )
}

/** A block that is done is rendered once, however long the text after it grows. */
const BlockView = memo(function BlockView({ text, open, joined, sources, last }: Block & { sources: Addresses; last: boolean }) {
  const unread = open === 'math' || (open === 'code' && /^[`~]/.test(text))
  if (!unread) {
    return (
      <Box className={joined ? 'joined' : undefined}>
        <Prose text={last ? mend(text) : text} sources={sources} />
      </Box>
    )
  }
  if (open === 'math') return <Box component="p">{text}</Box>
  return <CodeBlock {...fenceOf(text)} />
})

function MarkdownText({ text, sources = NO_SOURCES, growing = false }: MarkdownProps) {
  const blocks = useMemo(() => splitBlocks(text), [text])
  // Equal addresses in a new list (the end of an answer brings one) must not render every block again.
  const key = sources.map((one) => one ?? '').join('\n')
  const addresses = useMemo(() => (key === '' ? NO_SOURCES : key.split('\n').map((one) => (one === '' ? undefined : one))), [key])
  return (
    <Box sx={markdownStyle}>
      {blocks.map((block, index) => (
        <BlockView key={index} {...block} sources={addresses} last={growing && index === blocks.length - 1} />
      ))}
    </Box>
  )
}

export default memo(MarkdownText)

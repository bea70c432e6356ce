import Box from '@mui/material/Box'
import Link from '@mui/material/Link'
import { type ReactNode, memo, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import ReactMarkdown, { type Components } from 'react-markdown'
import { Link as RouterLink } from 'react-router-dom'
import remarkGfm from 'remark-gfm'
import { citationLinks } from '@/lib/citations'
import { CopyButton } from './CopyButton'
import { markdownStyle } from './markdownStyle'

interface MarkdownProps {
  text: string
  /** Addresses that `[1]`, `[2]`, … lead to. */
  sources?: readonly (string | undefined)[]
}

/** Text of a model: no raw HTML, and no images, since fetching one would tell a foreign server what was said here. */
const components: Components = {
  a: ({ href, children }) =>
    href?.startsWith('/library/') ? (
      <Link component={RouterLink} to={href}>
        {children}
      </Link>
    ) : (
      <Link href={href} target="_blank" rel="noopener noreferrer nofollow">
        {children}
      </Link>
    ),
  img: ({ src, alt }) => (
    <Link href={typeof src === 'string' ? src : undefined} target="_blank" rel="noopener noreferrer nofollow">
      {alt === undefined || alt === '' ? src : alt}
    </Link>
  ),
  pre: ({ node, children }) => <CodeBlock code={node ? plainText(node) : ''}>{children}</CodeBlock>,
  table: ({ children }) => (
    <Box sx={{ overflowX: 'auto' }}>
      <table>{children}</table>
    </Box>
  ),
}

interface TextNode {
  value?: unknown
  children?: readonly unknown[]
}

function plainText(node: TextNode): string {
  if (typeof node.value === 'string') return node.value
  return (node.children ?? []).map((child) => plainText(child as TextNode)).join('')
}

function CodeBlock({ code, children }: { code: string; children: ReactNode }) {
  const { t } = useTranslation()
  return (
    <Box className="code">
      <Box className="copy">
        <CopyButton text={code.replace(/\n$/, '')} label={t('chat.copyCode')} />
      </Box>
      <pre tabIndex={0}>{children}</pre>
    </Box>
  )
}

function MarkdownText({ text, sources }: MarkdownProps) {
  const plugins = useMemo(() => [remarkGfm, citationLinks(sources ?? [])], [sources])
  return (
    <Box sx={markdownStyle}>
      <ReactMarkdown remarkPlugins={plugins} components={components}>
        {text}
      </ReactMarkdown>
    </Box>
  )
}

export default memo(MarkdownText)

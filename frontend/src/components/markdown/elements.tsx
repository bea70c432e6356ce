import Box from '@mui/material/Box'
import Link from '@mui/material/Link'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { type Components, type ExtraProps } from 'react-markdown'
import { Link as RouterLink } from 'react-router-dom'
import { CodeBlock } from './CodeBlock'

type Element = NonNullable<ExtraProps['node']>
const LANGUAGE = 'language-'

interface TextNode {
  value?: unknown
  children?: readonly unknown[]
}

/** Only what leads to a page, a mailbox or a document of the library; all else, scripts above all, is text. */
export function safeAddress(url: string): string {
  return /^(?:https?:\/\/|mailto:)/i.test(url) || /^\/library\/\d/.test(url) || url.startsWith('#user-content-') ? url : ''
}

function plainText(node: TextNode): string {
  if (typeof node.value === 'string') return node.value
  return (node.children ?? []).map((child) => plainText(child as TextNode)).join('')
}

function languageOf(pre: Element): string {
  const code = pre.children[0]
  const classes = code?.type === 'element' ? code.properties.className : undefined
  const names = Array.isArray(classes) ? classes.map(String) : []
  return names.find((one) => one.startsWith(LANGUAGE))?.slice(LANGUAGE.length) ?? ''
}

function Anchor({ href, children }: { href: string | undefined; children: ReactNode }) {
  if (href === undefined || href === '') return children
  if (href.startsWith('#')) return <Link href={href}>{children}</Link>
  if (href.startsWith('/')) {
    return (
      <Link component={RouterLink} to={href}>
        {children}
      </Link>
    )
  }
  return (
    <Link href={href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </Link>
  )
}

function Table({ children }: { children: ReactNode }) {
  const { t } = useTranslation()
  return (
    <Box role="group" aria-label={t('markdown.table')} tabIndex={0} sx={{ overflowX: 'auto' }}>
      <table>{children}</table>
    </Box>
  )
}

function Task({ done }: { done: boolean }) {
  const { t } = useTranslation()
  return <input type="checkbox" checked={done} disabled readOnly aria-label={t(done ? 'markdown.done' : 'markdown.open')} />
}

/** Text of a model: no raw HTML, and no images, since fetching one would tell a foreign server what was said here. */
export const elements: Components = {
  a: ({ href, children }) => <Anchor href={href}>{children}</Anchor>,
  img: ({ src, alt }) => <Anchor href={typeof src === 'string' ? src : undefined}>{alt === undefined || alt === '' ? String(src) : alt}</Anchor>,
  pre: ({ node, children }) => (
    <CodeBlock code={node ? plainText(node) : ''} language={node ? languageOf(node) : ''}>
      {children}
    </CodeBlock>
  ),
  table: ({ children }) => <Table>{children}</Table>,
  input: ({ checked }) => <Task done={checked === true} />,
}

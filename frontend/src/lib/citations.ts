interface Node {
  type: string
  value?: string
  url?: string
  title?: string
  children?: Node[]
}

type Addresses = readonly (string | undefined)[]

const MARK = /\[(\d{1,3})\]/g
const CLOSED = new Set(['link', 'linkReference', 'definition', 'inlineCode', 'code'])

function split(text: string, addresses: Addresses): Node[] {
  const parts: Node[] = []
  let from = 0
  for (const match of text.matchAll(MARK)) {
    const url = addresses[Number(match[1]) - 1]
    if (url === undefined) continue
    if (match.index > from) parts.push({ type: 'text', value: text.slice(from, match.index) })
    parts.push({ type: 'link', url, children: [{ type: 'text', value: match[0] }] })
    from = match.index + match[0].length
  }
  if (from < text.length) parts.push({ type: 'text', value: text.slice(from) })
  return parts
}

function walk(node: Node, addresses: Addresses): void {
  if (!node.children || CLOSED.has(node.type)) return
  node.children = node.children.flatMap((child) =>
    child.type === 'text' && child.value ? split(child.value, addresses) : [child],
  )
  for (const child of node.children) walk(child, addresses)
}

/** A remark plugin: `[2]` in running text becomes a link to the second of `addresses`; numbers without one stay text. */
export function citationLinks(addresses: Addresses) {
  return () => (tree: Node) => {
    if (addresses.length > 0) walk(tree, addresses)
  }
}

const MONO = 'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "D2Coding", "Noto Sans Mono CJK KR", monospace'
const tint = 'color-mix(in srgb, var(--mui-palette-text-primary) 7%, transparent)'

/** Colours of code, one set for paper and one for the night: each reads at 4.5 : 1 or more on its ground. */
export const CODE_COLOURS = {
  light: { comment: '#655a50', keyword: '#8f2350', string: '#3c6118', number: '#8a4300', title: '#175a86', type: '#64439a', attribute: '#705000', addition: '#2c6a2e', deletion: '#a12a22' },
  dark: { comment: '#b3a697', keyword: '#f2a0c0', string: '#b5cf8b', number: '#f0b27a', title: '#8fc6ee', type: '#cbb5f2', attribute: '#e4c67c', addition: '#9fd6a4', deletion: '#f3a097' },
} as const

type Colours = Record<keyof (typeof CODE_COLOURS)['light'], string>

/** Class names of highlight.js (its css-classes reference), by the colour they take. */
const CLASSES: Record<keyof Colours, string[]> = {
  comment: ['comment', 'quote', 'meta'],
  keyword: ['keyword', 'selector-tag', 'doctag', 'section', 'operator'],
  string: ['string', 'regexp', 'char.escape_', 'meta .hljs-string', 'code'],
  number: ['number', 'literal', 'symbol', 'bullet', 'link'],
  title: ['title', 'name', 'selector-id'],
  type: ['type', 'built_in', 'title.class_', 'selector-class', 'params .hljs-type'],
  attribute: ['attr', 'attribute', 'property', 'variable', 'template-variable', 'selector-attr', 'selector-pseudo', 'subst .hljs-variable'],
  addition: ['addition'],
  deletion: ['deletion'],
}

const selectors = (names: string[]) => names.map((name) => `& .hljs-${name}`).join(', ')

const codeRules = Object.fromEntries(
  Object.entries(CLASSES).map(([colour, names]) => [selectors(names), { color: `var(--code-${colour})` }]),
)

const variables = (colours: Colours) => Object.fromEntries(Object.entries(colours).map(([name, value]) => [`--code-${name}`, value]))

export const markdownStyle = {
  ...variables(CODE_COLOURS.light),
  '[data-theme="dark"] &': variables(CODE_COLOURS.dark),
  lineHeight: 1.7,
  '& > :first-of-type > :first-of-type': { mt: 0 },
  '& > :last-child > :last-child': { mb: 0 },
  '& .joined > :first-of-type': { mt: -1.25 },
  '& p, & ul, & ol, & table, & blockquote': { my: 1.25 },
  '& ul, & ol': { pl: 3 },
  '& ul:has(> .task-list-item)': { listStyle: 'none', pl: 0.5 },
  '& .task-list-item input': { mr: 1, ml: 0, verticalAlign: '-0.1em' },
  '& li': { my: 0.4 },
  '& h1, & h2, & h3, & h4': { mt: 2.5, mb: 1, fontWeight: 650, lineHeight: 1.35 },
  '& h1': { fontSize: '1.3rem' },
  '& h2': { fontSize: '1.18rem' },
  '& h3, & h4': { fontSize: '1.05rem' },
  '& blockquote': { ml: 0, pl: 2, borderLeft: '3px solid', borderColor: 'primary.light', color: 'text.secondary' },
  '& hr': { border: 0, borderTop: '1px solid', borderColor: 'divider', my: 3 },
  '& code': { fontFamily: MONO, fontSize: '0.88em', bgcolor: tint, borderRadius: 0.6, px: 0.6, py: 0.2 },
  '& .code': { my: 1.5, border: '1px solid', borderColor: 'divider', borderRadius: 1.2, bgcolor: tint, overflow: 'hidden' },
  '& .codeHead': { display: 'flex', alignItems: 'center', justifyContent: 'space-between', minHeight: 36, pl: 2, pr: 0.5, fontFamily: MONO, fontSize: '0.78rem', color: 'text.secondary' },
  '@media (pointer: coarse)': { '& .codeHead .MuiIconButton-root': { width: 44, height: 44 } },
  '& pre': { m: 0, px: 2, pb: 1.75, pt: 0.25, overflowX: 'auto', lineHeight: 1.55 },
  '& pre code': { bgcolor: 'transparent', p: 0, wordBreak: 'normal', overflowWrap: 'normal', color: 'text.primary' },
  ...codeRules,
  '& .hljs-emphasis': { fontStyle: 'italic' },
  '& .hljs-strong': { fontWeight: 700 },
  '& .katex': { fontSize: '1.08em' },
  '& .katex-display': { overflowX: 'auto', overflowY: 'hidden', py: 0.5, my: 1.5 },
  '& table': { borderCollapse: 'collapse' },
  '& th, & td': { border: '1px solid', borderColor: 'divider', px: 1.25, py: 0.6, textAlign: 'left', verticalAlign: 'top', overflowWrap: 'normal' },
  '& th': { bgcolor: tint },
}

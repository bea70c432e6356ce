import Box from '@mui/material/Box'
import { useVirtualizer } from '@tanstack/react-virtual'
import useMediaQuery from '@mui/material/useMediaQuery'
import { type ReactNode, type RefObject, useEffect } from 'react'
import type { Row } from './rows'

const HEADING_PX = 34
const FOUND_PX = 76
const NEAR_END = 30

interface VirtualRowsProps {
  rows: readonly Row[]
  label: string
  scroller: RefObject<HTMLElement | null>
  loadMore: (() => void) | null
  children: (row: Row) => ReactNode
}

/** Draws the rows that can be seen; each kind of row has one height, so that nothing jumps. */
export function VirtualRows({ rows, label, scroller, loadMore, children }: VirtualRowsProps) {
  const touch = useMediaQuery('(pointer: coarse)', { noSsr: true })
  const heightOf = (row: Row | undefined) => {
    if (row?.kind === 'heading') return HEADING_PX
    if (row?.kind === 'session' && row.session.match?.message) return FOUND_PX
    return touch ? 46 : 40
  }
  // eslint-disable-next-line react-hooks/incompatible-library -- what it returns is used here and now, and never memoised
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (at) => heightOf(rows[at]),
    getItemKey: (at) => rows[at]?.key ?? at,
    overscan: 12,
  })
  const items = virtual.getVirtualItems()
  const last = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (loadMore && last >= rows.length - NEAR_END) loadMore()
  }, [last, loadMore, rows.length])
  return (
    <Box component="ul" aria-label={label} sx={{ position: 'relative', m: 0, p: 0, listStyle: 'none', height: virtual.getTotalSize() }}>
      {items.map((item) => {
        const row = rows[item.index]
        return (
          row && (
            <Box component="li" key={item.key} sx={{ position: 'absolute', top: 0, left: 0, right: 0, pb: '2px' }} style={{ height: item.size, transform: `translateY(${item.start}px)` }}>
              {children(row)}
            </Box>
          )
        )
      })}
    </Box>
  )
}

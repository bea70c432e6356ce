import Box from '@mui/material/Box'
import Skeleton from '@mui/material/Skeleton'
import Typography from '@mui/material/Typography'
import { type ReactNode, type RefObject, Suspense, lazy, useCallback, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useMatch } from 'react-router-dom'
import { Failure } from '@/components/States'
import type { BulkAction } from '@/lib/sessionLists'
import type { Session } from '@/lib/types'
import { SearchHead, SelectionHead } from './ListHead'
import { FolderRow, Heading, Waiting } from './ListParts'
import { SessionMenu } from './SessionMenu'
import { RenameRow, SessionRow } from './SessionRow'
import { VirtualRows } from './VirtualRows'
import type { Row } from './rows'
import { useChosen } from './useChosen'
import { type Listing, useListing } from './useListing'
import { useOpenFolders } from './useOpenFolders'
import { useSessionActions } from './useSessionActions'

const MoveDialog = lazy(() => import('./MoveDialog'))
const TYPING_MS = 250

function useSettled(value: string): string {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), value === '' ? 0 : TYPING_MS)
    return () => clearTimeout(timer)
  }, [value])
  return settled
}

/** The chats in the drawer: pinned ones, folders, then by time; found ones while something is searched for. */
export function SessionList({ onOpen }: { onOpen: () => void }) {
  const { t } = useTranslation()
  const [typed, setTyped] = useState('')
  const [archive, setArchive] = useState(false)
  const q = useSettled(typed.trim())
  const folders = useOpenFolders()
  const listing = useListing(q, archive, folders.open)
  const chosen = useChosen(listing.rows)
  const [menu, setMenu] = useState<{ session: Session; anchor: HTMLElement } | null>(null)
  const [renamed, setRenamed] = useState<string | null>(null)
  const [moved, setMoved] = useState<string[] | null>(null)
  const scroller = useRef<HTMLDivElement>(null)
  const change = useSessionActions()
  const act = (ids: string[], action: BulkAction) => {
    change({ ids, action })
    chosen.end()
    scroller.current?.focus()
  }
  const move = (ids: string[], folder: string) => {
    change({ ids, action: 'move', folder })
    chosen.end()
  }
  const openMenu = useCallback((session: Session, anchor: HTMLElement) => setMenu({ session, anchor }), [])
  const current = useMatch('/chat/:id')?.params.id
  const ids = [...(chosen.ids ?? [])]
  const drawn = (row: Row) => {
    if (row.kind === 'heading') return <Heading group={row.group} />
    if (row.kind === 'waiting') return <Skeleton sx={{ ml: 4, mr: 2 }} height={32} />
    if (row.kind === 'folder') return <FolderRow folder={row.folder} open={row.open} onToggle={folders.toggle} />
    const { session, inFolder } = row
    if (renamed === session.id) return <RenameRow session={session} onDone={() => setRenamed(null)} />
    const tick = chosen.ids === null ? null : chosen.ids.has(session.id)
    return <SessionRow session={session} current={current === session.id} inFolder={inFolder} chosen={tick} onChoose={chosen.toggle} onOpen={onOpen} onMenu={openMenu} onRename={setRenamed} />
  }
  return (
    <Box sx={{ display: 'flex', flexDirection: 'column', minHeight: 0, flex: 1 }}>
      {chosen.ids === null ? (
        <SearchHead value={typed} onChange={setTyped} archive={archive} onArchive={setArchive} onSelect={chosen.begin} />
      ) : (
        <SelectionHead count={ids.length} archive={archive} onArchive={() => act(ids, archive ? 'unarchive' : 'archive')} onMove={() => setMoved(ids)} onDelete={() => act(ids, 'delete')} onAll={chosen.all} onClose={chosen.end} />
      )}
      <Box ref={scroller} tabIndex={-1} sx={{ overflowY: 'auto', flex: 1, px: 1, outline: 'none' }}>
        <Body listing={listing} none={t(q !== '' ? 'sessions.noMatch' : archive ? 'sessions.archiveEmpty' : 'sessions.empty')} scroller={scroller}>
          {drawn}
        </Body>
      </Box>
      {menu && <SessionMenu {...menu} onClose={() => setMenu(null)} onAct={(action) => act([menu.session.id], action)} onRename={() => setRenamed(menu.session.id)} onMove={() => setMoved([menu.session.id])} onSelect={() => chosen.begin(menu.session.id)} />}
      {moved && (
        <Suspense fallback={null}>
          <MoveDialog count={moved.length} onClose={() => setMoved(null)} onMove={(folder) => move(moved, folder)} />
        </Suspense>
      )}
    </Box>
  )
}

interface BodyProps {
  listing: Listing
  /** What to say where there is nothing. */
  none: string
  scroller: RefObject<HTMLElement | null>
  children: (row: Row) => ReactNode
}

function Body({ listing, none, scroller, children }: BodyProps) {
  const { t } = useTranslation()
  if (listing.error) return <Failure error={listing.error} onRetry={listing.retry} />
  if (listing.waiting) return <Waiting />
  if (listing.rows.length === 0) {
    return (
      <Typography variant="body2" color="textSecondary" sx={{ p: 1.5 }}>
        {none}
      </Typography>
    )
  }
  return (
    <VirtualRows rows={listing.rows} label={t('sessions.list')} scroller={scroller} loadMore={listing.loadMore}>
      {children}
    </VirtualRows>
  )
}

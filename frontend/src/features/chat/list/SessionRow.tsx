import Box from '@mui/material/Box'
import Checkbox from '@mui/material/Checkbox'
import InputBase from '@mui/material/InputBase'
import ListItemButton from '@mui/material/ListItemButton'
import { type KeyboardEvent, type MouseEvent, memo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router-dom'
import { IconAction } from '@/components/IconAction'
import { ArchiveIcon, MoreIcon } from '@/components/icons'
import { useErrorToast } from '@/components/toast'
import { shownTitle } from '@/i18n/title'
import { useChangeSession } from '@/lib/api/sessions'
import type { ListedSession, Piece } from '@/lib/sessionLists'
import type { Session } from '@/lib/types'

const TITLE_LIMIT = 200
const line = { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' } as const

export interface RowProps {
  session: ListedSession
  current: boolean
  inFolder: boolean
  /** Null outside selection. */
  chosen: boolean | null
  onChoose: (id: string) => void
  onOpen: () => void
  onMenu: (session: Session, anchor: HTMLElement) => void
  onRename: (id: string) => void
}

/** A chat of the list: a link, or a box to tick while several are chosen. */
export const SessionRow = memo(function SessionRow({ session, current, inFolder, chosen, onChoose, onOpen, onMenu, onRename }: RowProps) {
  const { t } = useTranslation()
  const title = shownTitle(session.title, t)
  const act =
    chosen === null
      ? { component: Link, to: `/chat/${session.id}`, 'aria-current': current ? ('page' as const) : undefined, onClick: onOpen, onDoubleClick: () => onRename(session.id) }
      : { role: 'checkbox', 'aria-checked': chosen, onClick: () => onChoose(session.id) }
  const openMenu = (event: MouseEvent<HTMLElement>) => onMenu(session, event.currentTarget)
  return (
    <Box sx={{ position: 'relative', height: '100%', '& .more': { opacity: { md: current ? 1 : 0 } }, '&:hover .more, &:focus-within .more': { opacity: 1 }, '@media (hover: none)': { '& .more': { opacity: 1 } } }}>
      <ListItemButton selected={current || chosen === true} {...act} sx={{ borderRadius: 1, height: '100%', py: 0, pl: inFolder ? 4 : 1.5, pr: chosen === null ? 5 : 1 }}>
        {chosen !== null && <Checkbox checked={chosen} tabIndex={-1} disableRipple size="small" aria-hidden slotProps={{ input: { tabIndex: -1, 'aria-hidden': true } }} sx={{ p: 0, mr: 1 }} />}
        <Box sx={{ flex: 1, minWidth: 0 }}>
          <Box component="span" sx={{ ...line, display: 'block', fontSize: '0.92rem' }}>
            {session.match?.title ? <Marked pieces={session.match.title} /> : title}
          </Box>
          {session.match?.message && (
            <Box component="span" sx={{ ...line, display: '-webkit-box', whiteSpace: 'normal', WebkitLineClamp: 2, WebkitBoxOrient: 'vertical', fontSize: '0.8rem', lineHeight: 1.4, color: 'text.secondary' }}>
              <Marked pieces={session.match.message.excerpt} />
            </Box>
          )}
        </Box>
        {session.match && session.archived && <ArchiveIcon titleAccess={t('sessions.inArchive')} sx={{ fontSize: 16, ml: 1, color: 'text.secondary' }} />}
        {session.running && <Box role="img" aria-label={t('sessions.running')} sx={{ width: 7, height: 7, borderRadius: '50%', bgcolor: 'primary.main', ml: 1, flex: 'none' }} />}
      </ListItemButton>
      {chosen === null && (
        <IconAction className="more" size="small" label={t('sessions.menu', { title })} aria-haspopup="menu" onClick={openMenu} sx={{ position: 'absolute', right: 4, top: '50%', transform: 'translateY(-50%)', '@media (pointer: coarse)': { width: 44, height: 44, right: 0 } }}>
          <MoreIcon fontSize="small" sx={{ '& path': { strokeWidth: 3 } }} />
        </IconAction>
      )}
    </Box>
  )
})

function Marked({ pieces }: { pieces: Piece[] }) {
  return pieces.map(({ text, mark }, at) =>
    mark ? (
      <Box key={at} component="mark" sx={{ bgcolor: 'primary.main', color: 'primary.contrastText', borderRadius: 0.5, px: 0.25 }}>
        {text}
      </Box>
    ) : (
      text
    ),
  )
}

/** Enter or leaving the field keeps the new title, Escape the old one. */
export function RenameRow({ session, onDone }: { session: Session; onDone: () => void }) {
  const { t } = useTranslation()
  const change = useChangeSession()
  const fail = useErrorToast()
  const [title, setTitle] = useState(session.title)
  const keep = () => {
    onDone()
    const next = title.trim()
    if (next !== '' && next !== session.title) change.mutateAsync({ id: session.id, change: { title: next } }).catch(fail)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return
    if (event.key === 'Enter') keep()
    if (event.key === 'Escape') onDone()
  }
  return (
    <InputBase
      autoFocus
      fullWidth
      value={title}
      onChange={(event) => setTitle(event.target.value)}
      onFocus={(event) => event.target.select()}
      onBlur={keep}
      onKeyDown={onKeyDown}
      inputProps={{ 'aria-label': t('sessions.title'), maxLength: TITLE_LIMIT }}
      sx={{ px: 1.5, height: '100%', fontSize: '0.92rem', border: '1px solid', borderColor: 'primary.main', borderRadius: 1 }}
    />
  )
}

import Box from '@mui/material/Box'
import InputBase from '@mui/material/InputBase'
import ListItem from '@mui/material/ListItem'
import ListItemButton from '@mui/material/ListItemButton'
import Menu from '@mui/material/Menu'
import MenuItem from '@mui/material/MenuItem'
import { type KeyboardEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useMatch, useNavigate } from 'react-router-dom'
import { Confirm } from '@/components/Confirm'
import { IconAction } from '@/components/IconAction'
import { EditIcon, MoreIcon, TrashIcon } from '@/components/icons'
import { useErrorToast } from '@/components/toast'
import { shownTitle } from '@/i18n/title'
import { useChangeSession, useDeleteSession } from '@/lib/api/sessions'
import type { Session } from '@/lib/types'

const TITLE_LIMIT = 200

export function SessionRow({ session, onOpen }: { session: Session; onOpen: () => void }) {
  const { t } = useTranslation()
  const [anchor, setAnchor] = useState<HTMLElement | null>(null)
  const [mode, setMode] = useState<'show' | 'rename' | 'delete'>('show')
  const current = useMatch('/chat/:id')?.params.id === session.id
  const title = shownTitle(session.title, t)
  if (mode === 'rename') return <Rename session={session} onDone={() => setMode('show')} />
  const choose = (next: 'rename' | 'delete') => {
    setAnchor(null)
    setMode(next)
  }
  return (
    <ListItem
      disablePadding
      sx={{ mb: 0.25, '& .more': { opacity: { md: anchor || current ? 1 : 0 } }, '&:hover .more, &:focus-within .more': { opacity: 1 } }}
      secondaryAction={
        <IconAction className="more" edge="end" size="small" label={t('sessions.menu', { title })} aria-haspopup="menu" onClick={(event) => setAnchor(event.currentTarget)}>
          <MoreIcon fontSize="small" sx={{ '& path': { strokeWidth: 3 } }} />
        </IconAction>
      }
    >
      <ListItemButton component={Link} to={`/chat/${session.id}`} selected={current} aria-current={current ? 'page' : undefined} onClick={onOpen} onDoubleClick={() => setMode('rename')} sx={{ borderRadius: 1, minHeight: 40 }}>
        <Box component="span" sx={{ overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap', fontSize: '0.92rem', flex: 1 }}>
          {title}
        </Box>
        {session.running && <Box role="img" aria-label={t('sessions.running')} sx={{ width: 7, height: 7, borderRadius: '50%', bgcolor: 'primary.main', ml: 1 }} />}
      </ListItemButton>
      <Menu anchorEl={anchor} open={anchor !== null} onClose={() => setAnchor(null)}>
        <MenuItem onClick={() => choose('rename')}>
          <EditIcon fontSize="small" sx={{ mr: 1.5 }} />
          {t('sessions.rename')}
        </MenuItem>
        <MenuItem onClick={() => choose('delete')} sx={{ color: 'error.main' }}>
          <TrashIcon fontSize="small" sx={{ mr: 1.5 }} />
          {t('sessions.delete')}
        </MenuItem>
      </Menu>
      {mode === 'delete' && <Delete session={session} title={title} current={current} onDone={() => setMode('show')} />}
    </ListItem>
  )
}

function Delete({ session, title, current, onDone }: { session: Session; title: string; current: boolean; onDone: () => void }) {
  const { t } = useTranslation()
  const remove = useDeleteSession()
  const fail = useErrorToast()
  const navigate = useNavigate()
  const act = () => {
    if (current) navigate('/')
    remove.mutateAsync(session.id).catch(fail)
  }
  return (
    <Confirm title={t('sessions.deleteTitle')} text={t('sessions.deleteText', { title })} act={t('sessions.delete')} onAct={act} onClose={onDone} />
  )
}

/** Enter or leaving the field keeps the new title, Escape the old one. */
function Rename({ session, onDone }: { session: Session; onDone: () => void }) {
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
    <ListItem disablePadding sx={{ mb: 0.25 }}>
      <InputBase
        autoFocus
        fullWidth
        value={title}
        onChange={(event) => setTitle(event.target.value)}
        onFocus={(event) => event.target.select()}
        onBlur={keep}
        onKeyDown={onKeyDown}
        inputProps={{ 'aria-label': t('sessions.title'), maxLength: TITLE_LIMIT }}
        sx={{ px: 2, minHeight: 40, fontSize: '0.92rem', border: '1px solid', borderColor: 'primary.main', borderRadius: 2 }}
      />
    </ListItem>
  )
}

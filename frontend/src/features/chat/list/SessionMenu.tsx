import Divider from '@mui/material/Divider'
import ListItemIcon from '@mui/material/ListItemIcon'
import Menu from '@mui/material/Menu'
import MenuItem from '@mui/material/MenuItem'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { ArchiveIcon, CheckListIcon, DownloadIcon, EditIcon, FolderIcon, PinIcon, TrashIcon } from '@/components/icons'
import { exportUrl } from '@/lib/api/sessions'
import type { BulkAction } from '@/lib/sessionLists'
import type { Session } from '@/lib/types'

interface SessionMenuProps {
  session: Session
  anchor: HTMLElement
  onClose: () => void
  onAct: (action: BulkAction) => void
  onRename: () => void
  onMove: () => void
  onSelect: () => void
}

/** What can be done with one chat of the list. */
export function SessionMenu({ session, anchor, onClose, onAct, onRename, onMove, onSelect }: SessionMenuProps) {
  const { t } = useTranslation()
  const { pinned, archived } = session
  const item = (icon: ReactNode, label: string, act: () => void) => (
    <MenuItem
      sx={{ minHeight: 44 }}
      onClick={() => {
        onClose()
        act()
      }}
    >
      <ListItemIcon>{icon}</ListItemIcon>
      {label}
    </MenuItem>
  )
  const download = (label: string, format: 'markdown' | 'json') => (
    <MenuItem component="a" href={exportUrl(session.id, format)} download sx={{ minHeight: 44 }} onClick={onClose}>
      <ListItemIcon>
        <DownloadIcon fontSize="small" />
      </ListItemIcon>
      {label}
    </MenuItem>
  )
  return (
    <Menu anchorEl={anchor} open onClose={onClose}>
      {!archived && item(<PinIcon fontSize="small" />, t(pinned ? 'sessions.unpin' : 'sessions.pin'), () => onAct(pinned ? 'unpin' : 'pin'))}
      {item(<EditIcon fontSize="small" />, t('sessions.rename'), onRename)}
      {item(<FolderIcon fontSize="small" />, t('sessions.move'), onMove)}
      {item(<ArchiveIcon fontSize="small" />, t(archived ? 'sessions.unarchive' : 'sessions.archive'), () => onAct(archived ? 'unarchive' : 'archive'))}
      {item(<CheckListIcon fontSize="small" />, t('sessions.select'), onSelect)}
      {download(t('sessions.asMarkdown'), 'markdown')}
      {download(t('sessions.asJson'), 'json')}
      <Divider />
      {item(<TrashIcon fontSize="small" />, t('sessions.delete'), () => onAct('delete'))}
    </Menu>
  )
}

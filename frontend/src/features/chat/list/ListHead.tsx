import Box from '@mui/material/Box'
import InputAdornment from '@mui/material/InputAdornment'
import Menu from '@mui/material/Menu'
import MenuItem from '@mui/material/MenuItem'
import OutlinedInput from '@mui/material/OutlinedInput'
import Typography from '@mui/material/Typography'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { IconAction } from '@/components/IconAction'
import { ArchiveIcon, BackIcon, CheckListIcon, CloseIcon, FolderIcon, MoreIcon, SearchIcon, TrashIcon } from '@/components/icons'

interface SearchHeadProps {
  value: string
  onChange: (value: string) => void
  archive: boolean
  onArchive: (archive: boolean) => void
  onSelect: () => void
}

/** The search box, and what concerns the whole list. */
export function SearchHead({ value, onChange, archive, onArchive, onSelect }: SearchHeadProps) {
  const { t } = useTranslation()
  const [anchor, setAnchor] = useState<HTMLElement | null>(null)
  const choose = (act: () => void) => () => {
    setAnchor(null)
    act()
  }
  return (
    <>
      <Box sx={{ display: 'flex', alignItems: 'center', gap: 0.5, pl: 2, pr: 1, mb: 1 }}>
        <OutlinedInput
          type="search"
          size="small"
          fullWidth
          value={value}
          onChange={(event) => onChange(event.target.value)}
          placeholder={t('sessions.search')}
          inputProps={{ 'aria-label': t('sessions.search') }}
          startAdornment={
            <InputAdornment position="start">
              <SearchIcon fontSize="small" />
            </InputAdornment>
          }
        />
        <IconAction label={t('sessions.listMenu')} aria-haspopup="menu" onClick={(event) => setAnchor(event.currentTarget)}>
          <MoreIcon fontSize="small" sx={{ '& path': { strokeWidth: 3 } }} />
        </IconAction>
        <Menu anchorEl={anchor} open={anchor !== null} onClose={() => setAnchor(null)}>
          <MenuItem sx={{ minHeight: 44 }} onClick={choose(onSelect)}>
            <CheckListIcon fontSize="small" sx={{ mr: 1.5 }} />
            {t('sessions.selectSeveral')}
          </MenuItem>
          <MenuItem sx={{ minHeight: 44 }} onClick={choose(() => onArchive(!archive))}>
            <ArchiveIcon fontSize="small" sx={{ mr: 1.5 }} />
            {t(archive ? 'sessions.leaveArchive' : 'sessions.openArchive')}
          </MenuItem>
        </Menu>
      </Box>
      {archive && value === '' && (
        <Box sx={{ display: 'flex', alignItems: 'center', gap: 0.5, pl: 1, mb: 0.5 }}>
          <IconAction size="small" label={t('sessions.leaveArchive')} onClick={() => onArchive(false)}>
            <BackIcon fontSize="small" />
          </IconAction>
          <Typography component="h2" variant="body2" sx={{ fontWeight: 600 }}>
            {t('sessions.openArchive')}
          </Typography>
        </Box>
      )}
    </>
  )
}

interface SelectionHeadProps {
  count: number
  archive: boolean
  onArchive: () => void
  onMove: () => void
  onDelete: () => void
  onAll: () => void
  onClose: () => void
}

/** What can be done with the chosen chats. */
export function SelectionHead({ count, archive, onArchive, onMove, onDelete, onAll, onClose }: SelectionHeadProps) {
  const { t } = useTranslation()
  const none = count === 0
  return (
    <Box role="toolbar" aria-label={t('sessions.selection')} sx={{ display: 'flex', alignItems: 'center', px: 1, mb: 1, minHeight: 40 }}>
      <IconAction label={t('sessions.endSelection')} onClick={onClose}>
        <CloseIcon fontSize="small" />
      </IconAction>
      <Typography variant="body2" aria-live="polite" sx={{ flex: 1, fontWeight: 600 }}>
        {t('sessions.chosen', { count })}
      </Typography>
      <IconAction label={t('sessions.selectAll')} onClick={onAll}>
        <CheckListIcon fontSize="small" />
      </IconAction>
      <IconAction label={t('sessions.move')} disabled={none} onClick={onMove}>
        <FolderIcon fontSize="small" />
      </IconAction>
      <IconAction label={t(archive ? 'sessions.unarchive' : 'sessions.archive')} disabled={none} onClick={onArchive}>
        <ArchiveIcon fontSize="small" />
      </IconAction>
      <IconAction label={t('sessions.delete')} disabled={none} onClick={onDelete}>
        <TrashIcon fontSize="small" />
      </IconAction>
    </Box>
  )
}

import Box from '@mui/material/Box'
import ListItemButton from '@mui/material/ListItemButton'
import Skeleton from '@mui/material/Skeleton'
import Typography from '@mui/material/Typography'
import { useTranslation } from 'react-i18next'
import { ChevronIcon, FolderIcon } from '@/components/icons'
import type { SessionFolder } from '@/lib/sessionLists'
import type { Group } from './rows'

export function Waiting() {
  const { t } = useTranslation()
  return (
    <Box role="status" aria-label={t('common.loading')} sx={{ px: 1.5 }}>
      {[80, 60, 70, 90, 50, 75].map((width) => (
        <Skeleton key={width} width={`${width}%`} height={40} />
      ))}
    </Box>
  )
}

export function Heading({ group }: { group: Group }) {
  const { t, i18n } = useTranslation()
  const [year, month] = group.split('-').map(Number)
  const text =
    year && month
      ? new Date(year, month - 1).toLocaleDateString(i18n.language, { year: 'numeric', month: 'long' })
      : t(`sessions.group.${group as 'today'}`)
  return (
    <Typography component="h2" variant="caption" sx={{ display: 'block', px: 1.5, pt: 1.25, fontWeight: 600, color: 'text.secondary' }}>
      {text}
    </Typography>
  )
}

interface FolderRowProps {
  folder: SessionFolder
  open: boolean
  onToggle: (name: string) => void
}

export function FolderRow({ folder, open, onToggle }: FolderRowProps) {
  return (
    <ListItemButton aria-expanded={open} onClick={() => onToggle(folder.name)} sx={{ borderRadius: 1, height: '100%', py: 0, px: 1.5, gap: 1 }}>
      <FolderIcon fontSize="small" sx={{ color: 'text.secondary' }} />
      <Box component="span" sx={{ flex: 1, minWidth: 0, overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap', fontSize: '0.92rem' }}>
        {folder.name}
      </Box>
      <Box component="span" sx={{ fontSize: '0.8rem', color: 'text.secondary' }}>
        {folder.count}
      </Box>
      <ChevronIcon fontSize="small" sx={{ transform: open ? 'none' : 'rotate(-90deg)', color: 'text.secondary' }} />
    </ListItemButton>
  )
}

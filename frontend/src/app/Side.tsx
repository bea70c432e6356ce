import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import Divider from '@mui/material/Divider'
import List from '@mui/material/List'
import ListItem from '@mui/material/ListItem'
import ListItemButton from '@mui/material/ListItemButton'
import ListItemIcon from '@mui/material/ListItemIcon'
import Typography from '@mui/material/Typography'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useMatch } from 'react-router-dom'
import { Logo } from '@/components/Logo'
import { BookIcon, ChipIcon, PlusIcon, PulseIcon, TemplateIcon } from '@/components/icons'
import { AccountMenu } from '@/features/account/AccountMenu'
import { SessionList } from '@/features/chat/list/SessionList'

export function Side({ onNavigate }: { onNavigate: () => void }) {
  const { t } = useTranslation()
  return (
    <Box sx={{ display: 'flex', flexDirection: 'column', height: '100%' }}>
      <Box component={Link} to="/" onClick={onNavigate} sx={{ display: 'flex', alignItems: 'center', gap: 1.25, px: 2.5, pt: 2, pb: 1.5, color: 'inherit', textDecoration: 'none' }}>
        <Logo size={30} />
        <Typography component="span" sx={{ fontWeight: 700, fontSize: '1.15rem', letterSpacing: '-0.01em' }}>
          Ondol
        </Typography>
      </Box>
      <Box sx={{ px: 2, pb: 1.5 }}>
        <Button component={Link} to="/" onClick={onNavigate} fullWidth variant="outlined" startIcon={<PlusIcon />} sx={{ justifyContent: 'flex-start', borderColor: 'divider', bgcolor: 'background.paper', py: 1, borderRadius: 1.25 }}>
          {t('nav.newChat')}
        </Button>
      </Box>
      <SessionList onOpen={onNavigate} />
      <Divider />
      <List dense sx={{ px: 1, py: 1 }}>
        <Place to="/library" icon={<BookIcon fontSize="small" />} label={t('nav.library')} onNavigate={onNavigate} />
        <Place to="/templates" icon={<TemplateIcon fontSize="small" />} label={t('nav.templates')} onNavigate={onNavigate} />
        <Place to="/models" icon={<ChipIcon fontSize="small" />} label={t('nav.models')} onNavigate={onNavigate} />
        <Place to="/status" icon={<PulseIcon fontSize="small" />} label={t('nav.status')} onNavigate={onNavigate} />
      </List>
      <Divider />
      <Box sx={{ p: 1 }}>
        <AccountMenu />
      </Box>
    </Box>
  )
}

interface PlaceProps {
  to: string
  icon: ReactNode
  label: string
  onNavigate: () => void
}

function Place({ to, icon, label, onNavigate }: PlaceProps) {
  const here = useMatch(`${to}/*`) !== null
  return (
    <ListItem disablePadding>
      <ListItemButton component={Link} to={to} selected={here} aria-current={here ? 'page' : undefined} onClick={onNavigate} sx={{ borderRadius: 1, minHeight: 40 }}>
        <ListItemIcon sx={{ minWidth: 34, color: 'inherit' }}>{icon}</ListItemIcon>
        {label}
      </ListItemButton>
    </ListItem>
  )
}

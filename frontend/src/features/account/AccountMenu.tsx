import Avatar from '@mui/material/Avatar'
import Box from '@mui/material/Box'
import ButtonBase from '@mui/material/ButtonBase'
import Divider from '@mui/material/Divider'
import ListItemIcon from '@mui/material/ListItemIcon'
import ListSubheader from '@mui/material/ListSubheader'
import Menu from '@mui/material/Menu'
import MenuItem from '@mui/material/MenuItem'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router-dom'
import { AutoIcon, CheckIcon, LanguageIcon, LogoutIcon, MoonIcon, SunIcon, UserIcon } from '@/components/icons'
import { useErrorToast } from '@/components/toast'
import { LANGUAGES, LANGUAGE_NAMES } from '@/i18n/language'
import { useLogout, useShownName } from '@/lib/api/account'
import { usePreferences } from './usePreferences'

/** Drawn, not written: it is no part of the button's name. */
const initial = (name: string) => JSON.stringify(Array.from(name)[0]?.toUpperCase() ?? '')

export function AccountMenu() {
  const { t } = useTranslation()
  const [anchor, setAnchor] = useState<HTMLElement | null>(null)
  const logout = useLogout()
  const fail = useErrorToast()
  const name = useShownName()
  return (
    <>
      <ButtonBase
        aria-label={t('account.menu', { name })}
        aria-haspopup="menu"
        onClick={(event) => setAnchor(event.currentTarget)}
        sx={{ display: 'flex', gap: 1.25, p: 1, borderRadius: 2, width: '100%', justifyContent: 'flex-start', font: 'inherit', '&:hover': { bgcolor: 'action.hover' } }}
      >
        <Avatar aria-hidden sx={{ width: 30, height: 30, fontSize: 14, bgcolor: 'secondary.main', color: 'secondary.contrastText' }}>
          <Box component="span" sx={{ '&::before': { content: initial(name) } }} />
        </Avatar>
        <Box component="span" sx={{ overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap', fontWeight: 550, fontSize: '0.92rem' }}>
          {name}
        </Box>
      </ButtonBase>
      <Menu anchorEl={anchor} open={anchor !== null} onClose={() => setAnchor(null)} slotProps={{ paper: { sx: { minWidth: 220 } } }}>
        <Heading>{t('account.appearance')}</Heading>
        <AppearanceItems />
        <Heading>{t('account.language')}</Heading>
        <LanguageItems />
        <Divider />
        <MenuItem component={Link} to="/account" onClick={() => setAnchor(null)}>
          <ListItemIcon>
            <UserIcon fontSize="small" />
          </ListItemIcon>
          {t('account.title')}
        </MenuItem>
        <MenuItem onClick={() => logout.mutate(undefined, { onError: fail })}>
          <ListItemIcon>
            <LogoutIcon fontSize="small" />
          </ListItemIcon>
          {t('account.logout')}
        </MenuItem>
      </Menu>
    </>
  )
}

function Heading({ children }: { children: ReactNode }) {
  return (
    <ListSubheader role="presentation" sx={{ lineHeight: '32px', bgcolor: 'transparent' }}>
      {children}
    </ListSubheader>
  )
}

interface ChoiceProps {
  icon: ReactNode
  label: string
  chosen: boolean
  onChoose: () => void
}

function Choice({ icon, label, chosen, onChoose }: ChoiceProps) {
  return (
    <MenuItem role="menuitemradio" aria-checked={chosen} onClick={onChoose}>
      <ListItemIcon>{icon}</ListItemIcon>
      <Box sx={{ flex: 1 }}>{label}</Box>
      {chosen && <CheckIcon fontSize="small" sx={{ ml: 2, color: 'primary.main' }} />}
    </MenuItem>
  )
}

function AppearanceItems() {
  const { t } = useTranslation()
  const { theme, change } = usePreferences()
  const modes = [
    { value: 'system', icon: <AutoIcon fontSize="small" />, label: t('account.system') },
    { value: 'light', icon: <SunIcon fontSize="small" />, label: t('account.light') },
    { value: 'dark', icon: <MoonIcon fontSize="small" />, label: t('account.dark') },
  ] as const
  return modes.map(({ value, icon, label }) => (
    <Choice key={value} icon={icon} label={label} chosen={theme === value} onChoose={() => change({ theme: value })} />
  ))
}

function LanguageItems() {
  const { t, i18n } = useTranslation()
  const { language: chosen, change } = usePreferences()
  return [null, ...LANGUAGES].map((one) => (
    <Choice
      key={`${one ?? 'browser'}-${i18n.language}`}
      icon={<LanguageIcon fontSize="small" />}
      label={one === null ? t('account.browserLanguage') : LANGUAGE_NAMES[one]}
      chosen={chosen === one}
      onChoose={() => change({ language: one })}
    />
  ))
}

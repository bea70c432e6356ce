import Box from '@mui/material/Box'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { IconAction } from './IconAction'
import { MenuIcon } from './icons'
import { useMenu } from './menu'

/** The slim bar above a page: the drawer's button on small screens, what the page is, what can be done. */
export function TopBar({ children, actions }: { children?: ReactNode; actions?: ReactNode }) {
  const { t } = useTranslation()
  const openMenu = useMenu()
  if (!openMenu && !children && !actions) return null
  return (
    <Box component="header" sx={{ display: 'flex', alignItems: 'center', gap: 1, minHeight: 52, px: { xs: 1, sm: 2 }, flex: 'none' }}>
      {openMenu && (
        <IconAction label={t('nav.menu')} onClick={openMenu}>
          <MenuIcon />
        </IconAction>
      )}
      <Box sx={{ flex: 1, minWidth: 0 }}>{children}</Box>
      {actions}
    </Box>
  )
}

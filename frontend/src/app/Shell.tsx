import Box from '@mui/material/Box'
import Drawer from '@mui/material/Drawer'
import useMediaQuery from '@mui/material/useMediaQuery'
import { Suspense, useCallback, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Outlet } from 'react-router-dom'
import { Loading } from '@/components/States'
import { MenuContext } from '@/components/menu'
import { useFollowedPreferences } from '@/features/account/usePreferences'
import { useSessionEvents } from '@/features/chat/list/useSessionEvents'
import { EngineBanner } from '@/features/status/EngineBanner'
import { SafetyBanner } from '@/features/status/SafetyBanner'
import { Side } from './Side'
import { SkipLink } from './SkipLink'
import { useFocusOnPage, useKeptFocus } from './focus'
import { Shortcuts } from './shortcuts/Shortcuts'

const WIDTH = 280

/** The drawer beside every page: there until put away on a desk, on call on a phone. */
export default function Shell() {
  const { t } = useTranslation()
  useSessionEvents()
  useFollowedPreferences()
  const wide = useMediaQuery('(min-width:900px)', { noSsr: true })
  const [open, setOpen] = useState(false)
  const [putAway, setPutAway] = useState(false)
  const close = useCallback(() => setOpen(false), [])
  const docked = wide && !putAway
  const toggle = useCallback(() => (wide ? setPutAway((was) => !was) : setOpen((was) => !was)), [wide])
  const openMenu = useMemo(() => (docked ? null : toggle), [docked, toggle])
  useKeptFocus()
  useFocusOnPage()
  const paper = { width: WIDTH, maxWidth: '86vw', borderRight: '1px solid', borderColor: 'divider', bgcolor: 'background.default' }
  return (
    <MenuContext value={openMenu}>
      <SkipLink />
      <Shortcuts onDrawer={toggle} />
      <Box sx={{ display: 'flex', height: '100dvh' }}>
        <Drawer
          variant={docked ? 'permanent' : 'temporary'}
          open={docked || (open && !wide)}
          onClose={close}
          slotProps={{ paper: { component: 'nav', 'aria-label': t('nav.main'), sx: paper } }}
          sx={docked ? { width: WIDTH, flex: 'none' } : undefined}
        >
          <Side onNavigate={close} />
        </Drawer>
        <Box component="main" id="main" tabIndex={-1} sx={{ flex: 1, minWidth: 0, outline: 'none', display: 'flex', flexDirection: 'column' }}>
          <SafetyBanner />
          <EngineBanner />
          <Box sx={{ flex: 1, minHeight: 0 }}>
            <Suspense fallback={<Loading />}>
              <Outlet />
            </Suspense>
          </Box>
        </Box>
      </Box>
    </MenuContext>
  )
}

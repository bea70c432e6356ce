import Box from '@mui/material/Box'
import Drawer from '@mui/material/Drawer'
import useMediaQuery from '@mui/material/useMediaQuery'
import { Suspense, useCallback, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Outlet } from 'react-router-dom'
import { Loading } from '@/components/States'
import { MenuContext } from '@/components/menu'
import { useSessionEvents } from '@/features/chat/list/useSessionEvents'
import { EngineBanner } from '@/features/status/EngineBanner'
import { Side } from './Side'

const WIDTH = 280

/** The drawer beside every page: always there on a desk, on call on a phone. */
export default function Shell() {
  const { t } = useTranslation()
  useSessionEvents()
  const wide = useMediaQuery('(min-width:900px)', { noSsr: true })
  const [open, setOpen] = useState(false)
  const close = useCallback(() => setOpen(false), [])
  const openMenu = useMemo(() => (wide ? null : () => setOpen(true)), [wide])
  const paper = { width: WIDTH, maxWidth: '86vw', borderRight: '1px solid', borderColor: 'divider', bgcolor: 'background.default' }
  return (
    <MenuContext value={openMenu}>
      <Box sx={{ display: 'flex', height: '100dvh' }}>
        <Drawer
          variant={wide ? 'permanent' : 'temporary'}
          open={wide || open}
          onClose={close}
          slotProps={{ paper: { component: 'nav', 'aria-label': t('nav.main'), sx: paper } }}
          sx={wide ? { width: WIDTH, flex: 'none' } : undefined}
        >
          <Side onNavigate={close} />
        </Drawer>
        <Box component="main" sx={{ flex: 1, minWidth: 0, display: 'flex', flexDirection: 'column' }}>
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

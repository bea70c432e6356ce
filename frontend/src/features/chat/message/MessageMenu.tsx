import Menu from '@mui/material/Menu'
import MenuItem from '@mui/material/MenuItem'
import { type MouseEvent, type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Confirm } from '@/components/Confirm'
import { IconAction } from '@/components/IconAction'
import { CopyIcon, MoreIcon, TrashIcon } from '@/components/icons'
import { copyText } from '@/lib/clipboard'
import { touchable, useMessageActions } from './actions'

/** Below the theme's `sm`. */
const NARROW = '(max-width: 599.95px)'

interface MessageMenuProps {
  id: number
  /** What is copied, and what that is called. */
  copy?: { text: string; label: string }
  /** Further items where the window is narrow; they close the menu by `done`. */
  items?: (done: () => void) => ReactNode
}

/** What is seldom done with a message, and on a phone what has no room beside it. */
export function MessageMenu({ id, copy, items }: MessageMenuProps) {
  const { t } = useTranslation()
  const actions = useMessageActions()
  const [anchor, setAnchor] = useState<HTMLElement | null>(null)
  const [narrow, setNarrow] = useState(false)
  const [asks, setAsks] = useState(false)
  const open = (event: MouseEvent<HTMLElement>) => {
    // Items that are only hidden by style would take the focus of the menu.
    setNarrow(window.matchMedia(NARROW).matches)
    setAnchor(event.currentTarget)
  }
  const done = () => setAnchor(null)
  return (
    <>
      <IconAction size="small" label={t('message.more')} aria-haspopup="menu" onClick={open} sx={touchable}>
        <MoreIcon fontSize="inherit" sx={{ '& path': { strokeWidth: 3 } }} />
      </IconAction>
      <Menu anchorEl={anchor} open={anchor !== null} onClose={done}>
        {narrow && items?.(done)}
        {copy && (
          <MenuItem
            onClick={() => {
              void copyText(copy.text)
              done()
            }}
          >
            <CopyIcon fontSize="small" sx={{ mr: 1.5 }} />
            {copy.label}
          </MenuItem>
        )}
        {actions && (
          <MenuItem
            disabled={!actions.connected}
            onClick={() => {
              setAsks(true)
              done()
            }}
            sx={{ color: 'error.main' }}
          >
            <TrashIcon fontSize="small" sx={{ mr: 1.5 }} />
            {t('message.delete')}
          </MenuItem>
        )}
      </Menu>
      {asks && (
        <Confirm title={t('message.deleteTitle')} text={t('message.deleteText')} act={t('message.delete')} onAct={() => actions?.remove(id)} onClose={() => setAsks(false)} />
      )}
    </>
  )
}

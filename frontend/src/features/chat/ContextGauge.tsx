import Box from '@mui/material/Box'
import CircularProgress from '@mui/material/CircularProgress'
import LinearProgress from '@mui/material/LinearProgress'
import Popover from '@mui/material/Popover'
import Typography from '@mui/material/Typography'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { IconAction } from '@/components/IconAction'
import { formatNumber } from '@/lib/format'
import { contextUse } from './state/context'
import type { ChatState } from './state/state'

const NEARLY_FULL = 85

/** How much of the model's memory this chat takes; what that means is said on a press. */
export function ContextGauge({ state }: { state: ChatState }) {
  const { t, i18n } = useTranslation()
  const [anchor, setAnchor] = useState<HTMLElement | null>(null)
  const use = contextUse(state)
  if (!use) return null
  const percent = Math.round((100 * use.used) / use.total)
  const color = percent >= NEARLY_FULL || use.dropped > 0 ? 'warning' : 'primary'
  const number = (value: number) => formatNumber(value, i18n.language)
  return (
    <>
      <IconAction label={t('context.label', { percent })} aria-haspopup="dialog" onClick={(event) => setAnchor(event.currentTarget)} sx={{ width: 44, height: 44 }}>
        <Box aria-hidden sx={{ position: 'relative', display: 'inline-flex' }}>
          <CircularProgress variant="determinate" value={100} size={20} thickness={6} sx={{ color: 'divider' }} />
          <CircularProgress variant="determinate" value={Math.max(percent, 2)} size={20} thickness={6} color={color} sx={{ position: 'absolute', left: 0 }} />
        </Box>
      </IconAction>
      <Popover
        open={anchor !== null}
        anchorEl={anchor}
        onClose={() => setAnchor(null)}
        anchorOrigin={{ vertical: 'bottom', horizontal: 'right' }}
        transformOrigin={{ vertical: 'top', horizontal: 'right' }}
        slotProps={{ paper: { role: 'dialog', 'aria-label': t('context.title'), sx: { p: 2, width: 300, maxWidth: 'calc(100vw - 32px)' } } }}
      >
        <Typography sx={{ fontWeight: 600, mb: 1 }}>{t('context.title')}</Typography>
        <LinearProgress variant="determinate" aria-label={t('context.label', { percent })} value={percent} color={color} sx={{ borderRadius: 3, height: 6, mb: 1 }} />
        <Typography variant="body2">{t('context.used', { used: number(use.used), total: number(use.total) })}</Typography>
        <Typography variant="body2" color="textSecondary" sx={{ mt: 1 }}>
          {use.dropped > 0 ? t('chat.dropped', { count: use.dropped }) : t('context.fits')} {t('context.then')}
        </Typography>
      </Popover>
    </>
  )
}

/** Where the model's memory of this chat begins. */
export function Fold() {
  const { t } = useTranslation()
  return (
    <Box role="separator" aria-label={t('context.fold')} sx={{ display: 'flex', alignItems: 'center', gap: 1.5, my: 2, color: 'text.secondary', '&::before, &::after': { content: '""', flex: 1, borderTop: '1px dashed', borderColor: 'divider' } }}>
      <Typography variant="caption" sx={{ textAlign: 'center' }}>
        {t('context.fold')}
      </Typography>
    </Box>
  )
}

import Box from '@mui/material/Box'
import { useTranslation } from 'react-i18next'
import { IconAction } from '@/components/IconAction'
import { ChevronIcon } from '@/components/icons'
import type { Message } from '@/lib/types'
import { touchable, useMessageActions } from './actions'

/** Which of its versions a message is, and the way to the others. */
export function VersionSwitch({ message }: { message: Message }) {
  const { t } = useTranslation()
  const actions = useMessageActions()
  const versions = message.versions ?? []
  const at = versions.indexOf(message.id)
  if (!actions || versions.length < 2 || at < 0) return null
  const step = (by: -1 | 1, label: string) => {
    const target = versions[at + by]
    const off = target === undefined || !actions.connected
    // Not `disabled`: a button that turns off under the finger would drop the focus.
    return (
      <IconAction
        size="small"
        label={label}
        aria-disabled={off}
        onClick={() => target !== undefined && actions.connected && actions.select(target)}
        sx={{ ...touchable, fontSize: 18, opacity: off ? 0.4 : 1 }}
      >
        <ChevronIcon fontSize="inherit" sx={{ transform: `rotate(${-90 * by}deg)` }} />
      </IconAction>
    )
  }
  return (
    <Box role="group" aria-label={t('message.versions')} sx={{ display: 'inline-flex', alignItems: 'center', color: 'text.secondary', fontSize: '0.8rem', fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' }}>
      {step(-1, t('message.previousVersion'))}
      <span>{t('message.versionOf', { at: at + 1, count: versions.length })}</span>
      {step(1, t('message.nextVersion'))}
    </Box>
  )
}

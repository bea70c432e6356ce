import Box from '@mui/material/Box'
import MenuItem from '@mui/material/MenuItem'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { CopyButton } from '@/components/CopyButton'
import { IconAction } from '@/components/IconAction'
import { RetryIcon, ThumbDownIcon, ThumbIcon } from '@/components/icons'
import { plainText } from '@/lib/plainText'
import type { Message, Thumb } from '@/lib/types'
import { Details, DetailsButton, hasDetails } from './Details'
import { MessageMenu } from './MessageMenu'
import { useThumbs } from './Thumbs'
import { VersionSwitch } from './VersionSwitch'
import { touchable, useMessageActions } from './actions'

const THUMBS: { thumb: Thumb; Icon: typeof ThumbIcon; label: 'chat.thumbUp' | 'message.thumbDown' }[] = [
  { thumb: 'up', Icon: ThumbIcon, label: 'chat.thumbUp' },
  { thumb: 'down', Icon: ThumbDownIcon, label: 'message.thumbDown' },
]

/** The row under an ended answer. On a phone the thumbs go into the menu. */
export function AnswerActions({ message }: { message: Message }) {
  const { t } = useTranslation()
  const actions = useMessageActions()
  const [open, setOpen] = useState(false)
  const { thumb, choose, busy } = useThumbs(message)
  const spoken = message.content !== ''
  return (
    <Box sx={{ mt: 0.5 }}>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', columnGap: 0.25, ml: -0.75, fontSize: 18 }}>
        <VersionSwitch message={message} />
        {spoken && <CopyButton text={plainText(message.content)} label={t('chat.copyAnswer')} sx={touchable} />}
        {actions && (
          <IconAction size="small" label={t('chat.again')} disabled={!actions.ready} onClick={() => actions.regenerate(message.id)} sx={touchable}>
            <RetryIcon fontSize="inherit" />
          </IconAction>
        )}
        {actions &&
          THUMBS.map(({ thumb: one, Icon, label }) => (
            <IconAction
              key={one}
              size="small"
              label={t(label)}
              aria-pressed={thumb === one}
              disabled={busy}
              onClick={() => choose(one)}
              color={thumb === one ? 'primary' : 'default'}
              sx={{ ...touchable, display: { xs: 'none', sm: 'inline-flex' } }}
            >
              <Icon fontSize="inherit" />
            </IconAction>
          ))}
        <MessageMenu
          id={message.id}
          {...(spoken && { copy: { text: message.content, label: t('message.copyMarkdown') } })}
          items={(done) =>
            THUMBS.map(({ thumb: one, Icon, label }) => (
              <MenuItem
                key={one}
                selected={thumb === one}
                onClick={() => {
                  choose(one)
                  done()
                }}
              >
                <Icon fontSize="small" sx={{ mr: 1.5 }} />
                {t(label)}
              </MenuItem>
            ))
          }
        />
        {hasDetails(message) && <DetailsButton message={message} open={open} onToggle={() => setOpen(!open)} />}
      </Box>
      {open && <Details message={message} />}
    </Box>
  )
}

import Box from '@mui/material/Box'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { CopyButton } from '@/components/CopyButton'
import { IconAction } from '@/components/IconAction'
import { EditIcon } from '@/components/icons'
import type { Message } from '@/lib/types'
import { EditQuestion } from './EditQuestion'
import { MessageMenu } from './MessageMenu'
import { VersionSwitch } from './VersionSwitch'
import { touchable, useMessageActions } from './actions'

/** What somebody said, as a bubble. */
export function Bubble({ text, faded = false }: { text: string; faded?: boolean }) {
  return (
    <Box
      sx={{
        maxWidth: { xs: '88%', sm: '78%' },
        px: 2,
        py: 1.1,
        borderRadius: '20px 20px 6px 20px',
        bgcolor: 'color-mix(in srgb, var(--mui-palette-primary-main) 13%, var(--mui-palette-background-paper))',
        whiteSpace: 'pre-wrap',
        lineHeight: 1.6,
        opacity: faded ? 0.65 : 1,
      }}
    >
      {text}
    </Box>
  )
}

const frame = { display: 'flex', flexDirection: 'column', alignItems: 'flex-end', mt: 2.5, mb: 0 } as const
// Quiet until somebody comes near with the mouse or the keyboard; a finger cannot come near.
const quiet = {
  '@media (hover: hover)': { '& .quiet': { opacity: 0, transition: 'opacity .12s' }, '&:hover .quiet, &:focus-within .quiet': { opacity: 1 } },
} as const

/** A question that is on its way. */
export function SentQuestion({ text }: { text: string }) {
  const { t } = useTranslation()
  return (
    <Box component="article" aria-label={t('chat.you')} sx={frame}>
      <Bubble text={text} faded />
    </Box>
  )
}

export function Question({ message }: { message: Message }) {
  const { t } = useTranslation()
  const actions = useMessageActions()
  const [editing, setEditing] = useState(false)
  const opener = useRef<HTMLButtonElement>(null)
  const close = () => {
    setEditing(false)
    requestAnimationFrame(() => opener.current?.focus())
  }
  const send = (content: string) => {
    setEditing(false)
    if (content !== message.content) actions?.edit(message.id, content)
  }
  return (
    <Box component="article" aria-label={t('chat.you')} sx={{ ...frame, ...quiet }}>
      {editing ? (
        <EditQuestion text={message.content} ready={actions?.ready ?? false} onSend={send} onCancel={close} />
      ) : (
        <>
          <Bubble text={message.content} />
          <Box sx={{ display: 'flex', alignItems: 'center', minHeight: 30, mt: 0.25, fontSize: 18, color: 'text.secondary' }}>
            <Box className="quiet" sx={{ display: 'flex' }}>
              {actions && (
                <IconAction ref={opener} size="small" label={t('message.edit')} onClick={() => setEditing(true)} sx={touchable}>
                  <EditIcon fontSize="inherit" />
                </IconAction>
              )}
              <CopyButton text={message.content} label={t('message.copyQuestion')} sx={touchable} />
              {actions && <MessageMenu id={message.id} />}
            </Box>
            <VersionSwitch message={message} />
          </Box>
        </>
      )}
    </Box>
  )
}

import Box from '@mui/material/Box'
import Chip from '@mui/material/Chip'
import IconButton from '@mui/material/IconButton'
import InputBase from '@mui/material/InputBase'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { BookIcon, SendIcon, StopIcon } from '@/components/icons'
import { recallDraft, rememberDraft } from './outbox'
import { SlashPicker } from './SlashPicker'
import { useSendKey } from './sendKey'
import { TemplateChip, type TemplateChoice, useTemplateChoice } from './TemplateChoice'
import { type SendDraft, useDrafts } from './useDrafts'
import { useSlash } from './useSlash'

interface ComposerProps {
  /** Where the draft is kept: the chat's id, or `new`. */
  place: string
  canSend: boolean
  running: boolean
  useRag: boolean
  onUseRag: (on: boolean) => void
  onSend: (text: string) => void
  onStop: () => void
  /** Null while what is being typed shall not be read ahead. */
  onDraft?: SendDraft | null
  /** The chat's template, which `/` chooses; absent where there is none to choose. */
  template?: TemplateChoice
}

const frame = {
  position: 'relative',
  border: '1px solid',
  borderColor: 'divider',
  borderRadius: '22px',
  bgcolor: 'background.paper',
  boxShadow: '0 1px 2px rgb(60 30 10 / 5%), 0 6px 24px rgb(60 30 10 / 6%)',
  px: 2,
  pt: 1.25,
  pb: 1,
  '&:focus-within': { borderColor: 'primary.light' },
} as const

function useDraft(place: string) {
  const [text, setText] = useState(() => recallDraft(place))
  const change = (next: string) => {
    setText(next)
    rememberDraft(place, next)
  }
  return [text, change] as const
}

export function Composer({ place, canSend, running, useRag, onUseRag, onSend, onStop, onDraft = null, template }: ComposerProps) {
  const { t } = useTranslation()
  const [text, setText] = useDraft(place)
  const input = useRef<HTMLTextAreaElement>(null)
  const ready = canSend && text.trim() !== ''
  useDrafts(text, useRag, onDraft)

  useEffect(() => {
    if (!window.matchMedia('(pointer: coarse)').matches) input.current?.focus()
  }, [place])

  const send = () => {
    if (!ready) return
    onSend(text.trim())
    setText('')
    input.current?.focus()
  }
  useSendKey(input, send)
  const choose = useTemplateChoice(template, () => {
    setText('')
    input.current?.focus()
  })
  const slash = useSlash(text, choose.start)

  return (
    <Box component="form" sx={frame} onSubmit={(event) => event.preventDefault()}>
      {slash.open && choose.start && <SlashPicker id={slash.id} found={slash.found} at={slash.at} onChoose={choose.start} />}
      {choose.dialog}
      <InputBase
        multiline
        fullWidth
        value={text}
        inputRef={input}
        onChange={(event) => setText(event.target.value)}
        onKeyDownCapture={slash.onKeyDown}
        placeholder={t(running ? 'chat.placeholderQueue' : 'chat.placeholder')}
        inputProps={{ 'aria-label': t('chat.message'), enterKeyHint: 'enter', ...slash.inputProps }}
        sx={{ p: 0, lineHeight: 1.55, '& textarea': { maxHeight: '33dvh', overflowY: 'auto !important' } }}
      />
      <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 1, mt: 0.75 }}>
        <RagToggle on={useRag} onChange={onUseRag} />
        {template && <TemplateChip choice={template} />}
        <Box sx={{ flex: 1 }} />
        {running && <StopButton onStop={onStop} />}
        {(!running || text.trim() !== '') && (
          <IconButton aria-label={t('chat.send')} disabled={!ready} onClick={send} sx={roundButton}>
            <SendIcon fontSize="small" />
          </IconButton>
        )}
      </Box>
    </Box>
  )
}

const touch = '@media (pointer: coarse)'

const roundButton = {
  width: 38,
  height: 38,
  [touch]: { width: 44, height: 44 },
  bgcolor: 'primary.main',
  color: 'primary.contrastText',
  '&:hover': { bgcolor: 'primary.dark' },
  '&.Mui-disabled': { bgcolor: 'action.disabledBackground' },
} as const

function StopButton({ onStop }: { onStop: () => void }) {
  const { t } = useTranslation()
  return (
    <IconButton aria-label={t('chat.stop')} data-shortcut="stop" onClick={onStop} sx={{ ...roundButton, bgcolor: 'text.primary', color: 'background.paper', '&:hover': { bgcolor: 'text.secondary' } }}>
      <StopIcon fontSize="small" sx={{ '& path': { fill: 'currentColor' } }} />
    </IconButton>
  )
}

function RagToggle({ on, onChange }: { on: boolean; onChange: (on: boolean) => void }) {
  const { t } = useTranslation()
  return (
    <Chip
      component="button"
      type="button"
      clickable
      aria-pressed={on}
      color={on ? 'secondary' : 'default'}
      variant={on ? 'filled' : 'outlined'}
      icon={<BookIcon fontSize="small" />}
      label={t('chat.useDocuments')}
      onClick={() => onChange(!on)}
      sx={{ height: 34, borderRadius: 17, [touch]: { height: 44, borderRadius: 22 } }}
    />
  )
}

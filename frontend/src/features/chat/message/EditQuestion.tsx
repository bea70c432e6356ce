import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import InputBase from '@mui/material/InputBase'
import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { isComposing, useSendKey } from '@/features/chat/sendKey'

interface EditQuestionProps {
  text: string
  ready: boolean
  onSend: (text: string) => void
  onCancel: () => void
}

/** A question worded anew, in its own place. Enter sends as in the composer, Escape leaves it as it was. */
export function EditQuestion({ text, ready, onSend, onCancel }: EditQuestionProps) {
  const { t } = useTranslation()
  const [typed, setTyped] = useState(text)
  const input = useRef<HTMLTextAreaElement>(null)
  const sendable = ready && typed.trim() !== ''
  useEffect(() => {
    const area = input.current
    area?.focus()
    area?.setSelectionRange(area.value.length, area.value.length)
  }, [])
  const sent = useRef(false)
  const send = () => {
    if (!sendable || sent.current) return
    sent.current = true
    onSend(typed.trim())
  }
  useSendKey(input, send)
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || isComposing(event.nativeEvent)) return
    event.preventDefault()
    onCancel()
  }
  return (
    <Box sx={{ width: '100%', border: '1px solid', borderColor: 'primary.light', borderRadius: '18px', bgcolor: 'background.paper', px: 2, pt: 1.25, pb: 1 }}>
      <InputBase
        multiline
        fullWidth
        maxRows={12}
        value={typed}
        inputRef={input}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={onKeyDown}
        inputProps={{ 'aria-label': t('message.editLabel') }}
        sx={{ p: 0, lineHeight: 1.6 }}
      />
      <Box sx={{ display: 'flex', justifyContent: 'flex-end', gap: 1, mt: 0.75 }}>
        <Button color="inherit" onClick={onCancel}>
          {t('common.cancel')}
        </Button>
        <Button variant="contained" disabled={!sendable} onClick={send}>
          {t('message.sendEdit')}
        </Button>
      </Box>
    </Box>
  )
}

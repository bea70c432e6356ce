import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import Paper from '@mui/material/Paper'
import TextField from '@mui/material/TextField'
import Typography from '@mui/material/Typography'
import { useEffect, useReducer, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { PlayIcon, StopIcon } from '@/components/icons'
import { errorText } from '@/i18n/errors'
import { tryTemplate } from '@/lib/api/trials'
import type { TemplateDraft } from '@/lib/types'
import { IDLE, type TrialState, trialReducer } from './trial'

/** Asks with the template as it stands in the editor; leaving the page stops the answer. */
function useTrial() {
  const [state, dispatch] = useReducer(trialReducer, IDLE)
  const running = useRef<AbortController | null>(null)
  useEffect(() => () => running.current?.abort(), [])
  const stop = () => {
    running.current?.abort()
    dispatch({ type: 'stopped' })
  }
  const ask = (template: TemplateDraft, content: string) => {
    running.current?.abort()
    const controller = new AbortController()
    running.current = controller
    dispatch({ type: 'begin' })
    tryTemplate({ template: { ...template, name: template.name.trim() || '-' }, variables: {}, content }, dispatch, controller.signal).catch((error: unknown) =>
      dispatch({ type: 'failed', error: error as Error }),
    )
  }
  return { state, ask, stop }
}

export function TryPanel({ draft }: { draft: TemplateDraft }) {
  const { t } = useTranslation()
  const [question, setQuestion] = useState('')
  const { state, ask, stop } = useTrial()
  return (
    <Paper component="section" variant="outlined" aria-labelledby="try-title" sx={{ p: 2.5, borderRadius: 1.5, display: 'grid', gap: 1.5 }}>
      <Typography id="try-title" variant="h2">
        {t('templates.try')}
      </Typography>
      <Typography variant="body2" color="textSecondary">
        {t('templates.tryHelp')}
      </Typography>
      <TextField multiline maxRows={6} label={t('templates.tryQuestion')} value={question} onChange={(event) => setQuestion(event.target.value)} />
      <Box>
        {state.running ? (
          <Button variant="outlined" startIcon={<StopIcon />} onClick={stop}>
            {t('templates.tryStop')}
          </Button>
        ) : (
          <Button variant="outlined" startIcon={<PlayIcon />} disabled={question.trim() === ''} onClick={() => ask(draft, question)}>
            {t('templates.tryAsk')}
          </Button>
        )}
      </Box>
      <Answer state={state} />
    </Paper>
  )
}

function Answer({ state }: { state: TrialState }) {
  const { t } = useTranslation()
  const told = state.reading ? t('templates.tryReading', state.reading) : state.waiting ? t('templates.tryWaiting') : ''
  return (
    <>
      <Typography role="status" variant="body2" color="textSecondary">
        {told}
      </Typography>
      {state.text !== '' && (
        <Box role="region" aria-label={t('templates.tryAnswer')} aria-busy={state.running} sx={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', lineHeight: 1.7 }}>
          {state.text}
        </Box>
      )}
      {state.error && <Typography color="error">{errorText(state.error)}</Typography>}
    </>
  )
}

import Alert from '@mui/material/Alert'
import Box from '@mui/material/Box'
import Typography from '@mui/material/Typography'
import { Suspense, lazy, useCallback, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useParams } from 'react-router-dom'
import { IconAction } from '@/components/IconAction'
import { Failure, Loading } from '@/components/States'
import { TopBar } from '@/components/TopBar'
import { SettingsIcon } from '@/components/icons'
import { errorText } from '@/i18n/errors'
import { shownTitle } from '@/i18n/title'
import { useErrorToast } from '@/components/toast'
import { useChangeSession, useSession } from '@/lib/api/sessions'
import { Announcer } from './Announcer'
import { Composer } from './Composer'
import { ContextGauge } from './ContextGauge'
import { MessageList } from './MessageList'
import { Notices } from './Notices'
import type { TemplateChoice } from './TemplateChoice'
import { column } from './column'
import { MessageActionsContext } from './message/actions'
import { useChatActions } from './message/useChatActions'
import { recallRag, rememberRag, returnToDraft } from './outbox'
import { type ChatState, canQueue, runsOf } from './state/state'
import { useChat } from './useChat'

const SettingsDrawer = lazy(() => import('./settings/SettingsDrawer'))

export default function ChatPage() {
  const { id = '' } = useParams()
  return <Chat key={id} id={id} />
}

function useRagChoice(id: string, fallback: boolean) {
  const [choice, setChoice] = useState(() => recallRag(id))
  const choose = useCallback(
    (on: boolean) => {
      setChoice(on)
      rememberRag(id, on)
    },
    [id],
  )
  return [choice ?? fallback, choose] as const
}

function useChatTemplate(id: string, current: string | null): TemplateChoice {
  const change = useChangeSession()
  const fail = useErrorToast()
  return {
    id: current,
    onChange: (template_id, template_variables) => change.mutate({ id, change: { settings: { template_id, template_variables } } }, { onError: fail }),
  }
}

function Chat({ id }: { id: string }) {
  const { data: session, error } = useSession(id)
  const chat = useChat(id)
  const { state, dispatch, submit, connection, failure, reload, loadEarlier, stop, draft } = chat
  const [useRag, setUseRag] = useRagChoice(id, session?.settings.use_rag ?? false)
  const template = useChatTemplate(id, session?.settings.template_id ?? null)
  const [edited, setEdited] = useState(0)
  const actions = useChatActions(id, chat, useRag)
  const send = useCallback((content: string) => submit(content, useRag), [submit, useRag])
  const edit = useCallback(
    (text: string) => {
      returnToDraft(id, text)
      setEdited((count) => count + 1)
    },
    [id],
  )
  const broken = error ?? (state.loaded ? null : failure)
  return (
    <Box sx={{ height: '100%', display: 'flex', flexDirection: 'column' }}>
      <ChatHeader id={id} state={state} title={session?.title ?? ' '} />
      <Announcer state={state} />
      {!broken && <Notices connection={connection} />}
      {broken && (
        <Box sx={{ ...column, py: 2 }}>
          <Failure error={broken} onRetry={reload} />
        </Box>
      )}
      {!state.loaded && !broken && state.outbox.length === 0 && <Loading />}
      {(state.loaded || state.outbox.length > 0) && (
        <MessageActionsContext value={actions}>
          <MessageList state={state} connection={connection} dispatch={dispatch} loadEarlier={loadEarlier} onEdit={edit} />
        </MessageActionsContext>
      )}
      <Box sx={{ ...column, flex: 'none', pb: 'max(14px, env(safe-area-inset-bottom))', mt: broken ? 'auto' : 0 }}>
        {state.error && (
          <Alert severity="error" variant="outlined" sx={{ mb: 1 }} onClose={() => dispatch({ type: 'dismiss' })}>
            {errorText(state.error)}
          </Alert>
        )}
        <Composer
          key={edited}
          place={id}
          canSend={canQueue(state, connection === 'open')}
          running={runsOf(state).length > 0}
          useRag={useRag}
          onUseRag={setUseRag}
          onSend={send}
          onStop={stop}
          onDraft={draft}
          template={template}
        />
      </Box>
    </Box>
  )
}

function ChatHeader({ id, state, title }: { id: string; state: ChatState; title: string }) {
  const { t } = useTranslation()
  const [open, setOpen] = useState(false)
  return (
    <TopBar
      actions={
        <>
          <ContextGauge state={state} />
          <IconAction label={t('settings.open')} onClick={() => setOpen(true)}>
            <SettingsIcon />
          </IconAction>
        </>
      }
    >
      <Typography component="h1" noWrap sx={{ fontWeight: 600, fontSize: '0.95rem', color: 'text.secondary' }}>
        {shownTitle(title, t)}
      </Typography>
      {open && (
        <Suspense fallback={null}>
          <SettingsDrawer sessionId={id} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </TopBar>
  )
}

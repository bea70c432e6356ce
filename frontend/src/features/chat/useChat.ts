import { type QueryClient, useQueryClient } from '@tanstack/react-query'
import { type RefObject, useCallback, useEffect, useReducer, useRef, useState } from 'react'
import { dropDocument, showDocument } from '@/lib/api/documents'
import { showEngine } from '@/lib/api/engine'
import { MESSAGES_PAGE, getMessages, showSession } from '@/lib/api/sessions'
import type { ClientFrame, ServerFrame } from '@/lib/frames'
import { ApiError } from '@/lib/http'
import { newId } from '@/lib/ids'
import { LiveSocket, type Connection, chatUrl } from '@/lib/socket'
import { gather } from './gather'
import { recallOutbox, rememberOutbox } from './outbox'
import { chatReducer } from './state/reducer'
import { type ChatAction, type ChatState, type Outgoing, activeRun, initialChat, runsOf } from './state/state'

type Dispatch = (action: ChatAction) => void

/** Frames that other parts of the page care about go into their caches. */
function share(client: QueryClient, frame: ServerFrame): void {
  switch (frame.type) {
    case 'session_info':
      showSession(client, frame.session)
      if (frame.engine) showEngine(client, frame.engine)
      break
    case 'session_updated':
      showSession(client, frame.session)
      break
    case 'model_state':
      showEngine(client, frame)
      break
    case 'document_state':
      showDocument(client, frame.document)
      break
    case 'document_removed':
      dropDocument(client, frame.document_id)
      break
    default:
      break
  }
}

function useConnection(sessionId: string, latest: RefObject<ChatState>, dispatch: Dispatch) {
  const client = useQueryClient()
  const [connection, setConnection] = useState<Connection>('connecting')
  const [welcomed, setWelcomed] = useState(0)
  const [drafts, setDrafts] = useState(false)
  const socket = useRef<LiveSocket | null>(null)

  useEffect(() => {
    const frames = gather((arrived) => dispatch({ type: 'frames', frames: arrived }))
    const opened = new LiveSocket(chatUrl(sessionId), {
      onFrame: (frame) => {
        share(client, frame)
        if (frame.type === 'session_info') {
          setWelcomed((count) => count + 1)
          setDrafts(frame.drafts ?? false)
        }
        frames.push(frame)
      },
      onConnection: (now) => {
        setConnection(now)
        if (now === 'open') for (const run of runsOf(latest.current)) opened.send(resumeOf(run.id, run.seq))
        if (now === 'offline') dispatch({ type: 'disconnected' })
      },
    })
    socket.current = opened
    return () => {
      opened.close()
      frames.stop()
    }
  }, [sessionId, client, dispatch, latest])

  const send = useCallback((frame: ClientFrame) => socket.current?.send(frame) ?? false, [])
  return { connection, welcomed, drafts: drafts && connection === 'open', send }
}

function messageOf({ clientId, content, useRag, editOf }: Outgoing): ClientFrame {
  const edit = editOf === undefined ? {} : { edit_of: editOf }
  return { type: 'message', client_id: clientId, content, use_rag: useRag, ...edit }
}

const resumeOf = (runId: string, seq: number): ClientFrame => ({ type: 'resume', run_id: runId, after_seq: seq })

/** Reads the history at the start, after every reconnect, and when the state asks for it. */
function useHistory(sessionId: string, welcomed: number, rereads: number, dispatch: Dispatch) {
  const [failure, setFailure] = useState<ApiError | null>(null)
  const newest = useRef(0)
  const load = useCallback(
    async (before?: number) => {
      const turn = before === undefined ? (newest.current += 1) : newest.current
      const messages = await getMessages(sessionId, before)
      if (turn !== newest.current) return // it was asked for again meanwhile: another branch may be shown
      const hasEarlier = messages.length >= MESSAGES_PAGE
      dispatch({ type: before === undefined ? 'history' : 'earlier', messages, hasEarlier })
    },
    [sessionId, dispatch],
  )
  const reload = useCallback(() => {
    load().then(
      () => setFailure(null),
      (error: unknown) => {
        if (error instanceof ApiError) setFailure(error)
      },
    )
  }, [load])
  useEffect(reload, [reload, welcomed, rereads])
  return { failure, reload, load }
}

export function useChat(sessionId: string) {
  const [state, dispatch] = useReducer(chatReducer, sessionId, (id) => ({ ...initialChat, outbox: recallOutbox(id) }))
  const latest = useRef(state)
  useEffect(() => {
    latest.current = state
  }, [state])
  const { connection, welcomed, drafts, send } = useConnection(sessionId, latest, dispatch)
  const { failure, reload, load } = useHistory(sessionId, welcomed, state.rereads, dispatch)

  const { outbox, runs } = state
  const busy = runsOf(state).length >= 2
  const ready = connection === 'open' && welcomed > 0 && !busy
  useEffect(() => {
    rememberOutbox(sessionId, outbox)
    const first = outbox[0]
    if (ready && first?.state === 'waiting' && send(messageOf(first))) dispatch({ type: 'sent' })
  }, [outbox, ready, send, sessionId])

  useEffect(() => {
    for (const run of Object.values(runs)) if (run?.gap) send(resumeOf(run.id, run.seq))
  }, [runs, send])

  const stop = useCallback(() => {
    const run = activeRun(latest.current)
    send(run ? { type: 'stop', run_id: run.id } : { type: 'stop' })
  }, [send])

  const submit = useCallback(
    (content: string, useRag: boolean, editOf?: number) => dispatch({ type: 'submit', clientId: newId(), content, useRag, editOf }),
    [],
  )
  const draft = drafts && outbox.length === 0 && runsOf(state).length === 0 ? send : null

  return { state, dispatch, submit, connection, failure, reload, loadEarlier: load, stop, draft, send }
}

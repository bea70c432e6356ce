import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { useMatch, useNavigate } from 'react-router-dom'
import { useToast } from '@/components/toast'
import { dropSession, refreshSessions, showSession } from '@/lib/api/sessions'
import { LiveSocket, eventsUrl } from '@/lib/socket'

/** Keeps the lists of chats as the box tells them, whichever window or device changed something. */
export function useSessionEvents(): void {
  const client = useQueryClient()
  const { t } = useTranslation()
  const toast = useToast()
  const navigate = useNavigate()
  const current = useMatch('/chat/:id')?.params.id
  const gone = (id: string) => {
    dropSession(client, id)
    if (id !== current) return
    navigate('/')
    toast({ text: t('sessions.deletedElsewhere') })
  }
  const latest = useRef(gone)
  useEffect(() => {
    latest.current = gone
  })
  useEffect(() => {
    let welcomed = false
    const socket = new LiveSocket(eventsUrl(), {
      onConnection: () => undefined,
      onFrame: (frame) => {
        if (frame.type === 'session_updated') showSession(client, frame.session)
        else if (frame.type === 'session_deleted') latest.current(frame.session_id)
        else if (frame.type === 'sessions_info') {
          if (welcomed) void refreshSessions(client)
          welcomed = true
        }
      },
    })
    return () => socket.close()
  }, [client])
}

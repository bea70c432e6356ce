import { useCallback } from 'react'
import { useTranslation } from 'react-i18next'
import { useMatch, useNavigate } from 'react-router-dom'
import { useErrorToast, useToast } from '@/components/toast'
import { type BulkChange, useBulkChange } from '@/lib/api/sessions'

const UNDO = { delete: 'restore', archive: 'unarchive' } as const

/** Changes chats and says so, with a way back where something has left the list. */
export function useSessionActions(): (change: BulkChange) => void {
  const { t } = useTranslation()
  const { mutateAsync } = useBulkChange()
  const toast = useToast()
  const fail = useErrorToast()
  const navigate = useNavigate()
  const current = useMatch('/chat/:id')?.params.id
  return useCallback(
    (change: BulkChange) => {
      const { ids, action } = change
      const left = action === 'delete' && current !== undefined && ids.includes(current)
      const back = (undo: 'restore' | 'unarchive') =>
        mutateAsync({ ids, action: undo }).then(() => {
          if (left) navigate(`/chat/${current}`)
        }, fail)
      if (left) navigate('/')
      mutateAsync(change).then((changed) => {
        const count = changed.length
        if (action !== 'delete' && action !== 'archive') return
        const text = action === 'delete' ? t('sessions.deleted', { count }) : t('sessions.archivedToast', { count })
        toast({ text, action: { label: t('common.undo'), run: () => void back(UNDO[action]) } })
      }, fail)
    },
    [current, fail, mutateAsync, navigate, t, toast],
  )
}

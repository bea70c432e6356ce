import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useParams } from 'react-router-dom'
import { useErrorToast, useToast } from '@/components/toast'
import { useThumb } from '@/lib/api/messages'
import type { Message, Thumb } from '@/lib/types'

/** What somebody thinks of an answer. The question of a good one from documents is asked again by the box now and then. */
export function useThumbs(message: Message) {
  const { t } = useTranslation()
  const { id = '' } = useParams()
  const toast = useToast()
  const fail = useErrorToast()
  const save = useThumb(id, message.id)
  const [chosen, setChosen] = useState<{ of: number; thumb: Thumb | null } | null>(null)
  const stored = message.thumb ?? null
  const thumb = chosen?.of === message.id ? chosen.thumb : stored
  const choose = (wanted: Thumb) => {
    const next = thumb === wanted ? null : wanted
    setChosen({ of: message.id, thumb: next })
    save
      .mutateAsync(next)
      .then(() => {
        if (next === 'up' && message.sources.length > 0) toast({ text: t('chat.thumbKept') })
      })
      .catch((error: unknown) => {
        setChosen({ of: message.id, thumb })
        if (error instanceof Error) fail(error)
      })
  }
  return { thumb, choose, busy: save.isPending }
}

import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useParams } from 'react-router-dom'
import { IconAction } from '@/components/IconAction'
import { ThumbIcon } from '@/components/icons'
import { useErrorToast, useToast } from '@/components/toast'
import { useThumb } from '@/lib/api/selftest'
import type { Message } from '@/lib/types'

/** Finds an answer from documents good: the box goes on checking that it still finds these passages. */
export function ThumbButton({ message }: { message: Message }) {
  const { t } = useTranslation()
  const { id = '' } = useParams()
  const toast = useToast()
  const fail = useErrorToast()
  const thumb = useThumb(id, message.id)
  const [up, setUp] = useState(message.thumb === 'up')
  const toggle = () => {
    setUp(!up)
    thumb
      .mutateAsync(!up)
      .then(() => {
        if (!up) toast({ text: t('chat.thumbKept') })
      })
      .catch((error: unknown) => {
        setUp(up)
        if (error instanceof Error) fail(error)
      })
  }
  return (
    <IconAction size="small" label={t('chat.thumbUp')} aria-pressed={up} disabled={thumb.isPending} onClick={toggle} color={up ? 'primary' : 'default'}>
      <ThumbIcon fontSize="inherit" />
    </IconAction>
  )
}

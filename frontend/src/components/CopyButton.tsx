import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { copyText } from '@/lib/clipboard'
import { IconAction } from './IconAction'
import { CheckIcon, CopyIcon } from './icons'

export function CopyButton({ text, label }: { text: string; label: string }) {
  const { t } = useTranslation()
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return undefined
    const timer = setTimeout(() => setCopied(false), 1500)
    return () => clearTimeout(timer)
  }, [copied])
  return (
    <IconAction
      size="small"
      label={copied ? t('common.copied') : label}
      onClick={() => {
        void copyText(text).then(setCopied)
      }}
    >
      {copied ? <CheckIcon fontSize="inherit" /> : <CopyIcon fontSize="inherit" />}
    </IconAction>
  )
}

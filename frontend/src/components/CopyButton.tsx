import type { SystemStyleObject, Theme } from '@mui/system'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { copyText } from '@/lib/clipboard'
import { IconAction } from './IconAction'
import { CheckIcon, CopyIcon } from './icons'

export function CopyButton({ text, label, sx = {} }: { text: string; label: string; sx?: SystemStyleObject<Theme> }) {
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
      sx={sx}
      label={copied ? t('common.copied') : label}
      onClick={() => {
        void copyText(text).then(setCopied)
      }}
    >
      {copied ? <CheckIcon fontSize="inherit" /> : <CopyIcon fontSize="inherit" />}
    </IconAction>
  )
}

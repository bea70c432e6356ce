import Box from '@mui/material/Box'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { CopyButton } from '@/components/CopyButton'

interface CodeBlockProps {
  code: string
  language: string
  /** The code with its colours; as it is where there are none. */
  children?: ReactNode
}

export function CodeBlock({ code, language, children = <code>{code}</code> }: CodeBlockProps) {
  const { t } = useTranslation()
  return (
    <Box className="code">
      <Box className="codeHead">
        <span>{language}</span>
        <CopyButton text={code.replace(/\n$/, '')} label={t('chat.copyCode')} />
      </Box>
      <pre tabIndex={0}>{children}</pre>
    </Box>
  )
}

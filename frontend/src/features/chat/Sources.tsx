import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import Chip from '@mui/material/Chip'
import Typography from '@mui/material/Typography'
import { Suspense, lazy, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router-dom'
import type { Source } from '@/lib/types'
import { isStale, sourceAddress } from './sourceAddress'

const SourceDialog = lazy(() => import('./SourceDialog'))

interface SourcesProps {
  messageId: number
  sources: Source[]
  onAgain?: (() => void) | undefined
}

/** Where the answer was read from: each leads to the document at its place, or to what became of it. */
export function Sources({ messageId, sources, onAgain }: SourcesProps) {
  const { t } = useTranslation()
  const [opened, setOpened] = useState<number | null>(null)
  if (sources.length === 0) return null
  const stale = sources.filter(isStale).length
  const shown = opened === null ? undefined : sources[opened]
  return (
    <Box role="group" aria-label={t('chat.sources')} sx={{ mt: 1.5 }}>
      <Typography variant="caption" color="textSecondary">
        {t('chat.sources')}
      </Typography>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 0.75, mt: 0.5 }}>
        {sources.map((source, index) => (
          <SourceChip key={`${source.document_id}-${source.n ?? index}`} source={source} number={index + 1} onOpen={() => setOpened(index)} />
        ))}
      </Box>
      {stale > 0 && (
        <Box role="status" sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', columnGap: 1, mt: 0.75 }}>
          <Typography variant="body2" color="textSecondary">
            {t('chat.source.stale', { count: stale })}
          </Typography>
          {onAgain && (
            <Button size="small" onClick={onAgain}>
              {t('chat.again')}
            </Button>
          )}
        </Box>
      )}
      {shown && (
        <Suspense fallback={null}>
          <SourceDialog messageId={messageId} source={shown} onClose={() => setOpened(null)} onAgain={onAgain} />
        </Suspense>
      )}
    </Box>
  )
}

function SourceChip({ source, number, onOpen }: { source: Source; number: number; onOpen: () => void }) {
  const { t } = useTranslation()
  const page = source.page ? ` · ${t('library.page', { page: source.page })}` : ''
  const title = `${number}. ${source.title}${page}`
  const look = { maxWidth: '100%', bgcolor: 'background.paper' }
  const hint = source.text ? source.text.slice(0, 300) : source.title
  if (!isStale(source)) {
    const address = sourceAddress(source) ?? '/library'
    return <Chip component={Link} to={address} clickable variant="outlined" size="small" title={hint} label={title} sx={look} />
  }
  const state = source.status === 'deleted' ? 'deleted' : 'changed'
  return (
    <Chip
      clickable
      onClick={onOpen}
      variant="outlined"
      size="small"
      color={state === 'deleted' ? 'error' : 'warning'}
      title={hint}
      label={
        <>
          {state === 'deleted' ? <s>{title}</s> : title} · {t(`chat.source.${state}`)}
        </>
      }
      sx={look}
    />
  )
}

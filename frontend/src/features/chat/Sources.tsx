import Box from '@mui/material/Box'
import Chip from '@mui/material/Chip'
import Typography from '@mui/material/Typography'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router-dom'
import type { Source } from '@/lib/types'

export function sourceAddress(source: Source): string {
  const place = source.chunk_id === null || source.chunk_id === undefined ? '' : `?chunk=${source.chunk_id}`
  return `/library/${encodeURIComponent(source.document_id)}${place}`
}

/** Where the answer was read from; each leads to the document at its place. */
export function Sources({ sources }: { sources: Source[] }) {
  const { t } = useTranslation()
  if (sources.length === 0) return null
  return (
    <Box role="group" aria-label={t('chat.sources')} sx={{ mt: 1.5 }}>
      <Typography variant="caption" color="textSecondary">
        {t('chat.sources')}
      </Typography>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 0.75, mt: 0.5 }}>
        {sources.map((source, index) => (
          <SourceChip key={`${source.document_id}-${source.chunk_id ?? index}`} source={source} number={index + 1} />
        ))}
      </Box>
    </Box>
  )
}

function SourceChip({ source, number }: { source: Source; number: number }) {
  const { t } = useTranslation()
  const page = source.page ? ` · ${t('library.page', { page: source.page })}` : ''
  return (
    <Chip
      component={Link}
      to={sourceAddress(source)}
      clickable
      variant="outlined"
      size="small"
      title={source.text ? source.text.slice(0, 300) : source.title}
      label={`${number}. ${source.title}${page}`}
      sx={{ maxWidth: '100%', bgcolor: 'background.paper' }}
    />
  )
}

import Box from '@mui/material/Box'
import Link from '@mui/material/Link'
import Paper from '@mui/material/Paper'
import Typography from '@mui/material/Typography'
import { useTranslation } from 'react-i18next'
import { Link as RouterLink } from 'react-router-dom'
import { Empty, Shown } from '@/components/States'
import { SearchIcon } from '@/components/icons'
import { useSearch } from '@/lib/api/documents'
import { formatNumber } from '@/lib/format'
import type { SearchPassage, SearchResult } from '@/lib/types'
import { highlight } from './highlight'

export function SearchResults({ question }: { question: string }) {
  const { t } = useTranslation()
  const query = useSearch(question)
  return (
    <Box role="region" aria-label={t('library.results')} aria-busy={query.isFetching} sx={{ mt: 2 }}>
      <Shown query={query}>
        {({ results }) =>
          results.length === 0 ? (
            <Empty icon={<SearchIcon />} title={t('library.nothingFound')} text={t('library.nothingFoundText')} />
          ) : (
            <Box sx={{ display: 'grid', gap: 1.5 }}>
              {results.map((result) => (
                <ResultCard key={result.document_id} result={result} question={question} />
              ))}
            </Box>
          )
        }
      </Shown>
    </Box>
  )
}

function ResultCard({ result, question }: { result: SearchResult; question: string }) {
  const { t } = useTranslation()
  return (
    <Paper variant="outlined" component="article" sx={{ p: 2, borderRadius: 1.5 }}>
      <PassageLink result={result} passage={result} />
      <Highlighted text={result.text} question={question} />
      <Why passage={result} />
      {result.also_in.length > 0 && (
        <Typography variant="caption" color="textSecondary" sx={{ display: 'block', mt: 1 }}>
          {t('library.alsoIn', { titles: result.also_in.map((one) => one.title).join(', ') })}
        </Typography>
      )}
      {result.more.length > 0 && (
        <Box component="details" sx={{ mt: 1 }}>
          <Typography component="summary" variant="body2" color="textSecondary" sx={{ cursor: 'pointer' }}>
            {t('library.morePassages', { count: result.more.length })}
          </Typography>
          {result.more.map((passage) => (
            <Box key={passage.chunk_id} sx={{ mt: 1.5 }}>
              <PassageLink result={result} passage={passage} />
              <Highlighted text={passage.text} question={question} />
              <Why passage={passage} />
            </Box>
          ))}
        </Box>
      )}
    </Paper>
  )
}

/** What put the passage at its place. */
function Why({ passage: { why, score } }: { passage: SearchPassage }) {
  const { t, i18n } = useTranslation()
  if (!why) return null
  const shown = (value: number | null, digits: number) => (value === null ? '–' : formatNumber(value, i18n.language, digits))
  return (
    <Typography variant="caption" color="textSecondary" title={t('library.whyHelp')} sx={{ display: 'block', mt: 0.75, fontVariantNumeric: 'tabular-nums' }}>
      {t('library.why', { words: shown(why.bm25, 1), meaning: shown(why.cosine, 2), score: shown(score, 2) })}
    </Typography>
  )
}

function PassageLink({ result, passage }: { result: SearchResult; passage: SearchPassage }) {
  const { t } = useTranslation()
  return (
    <Link component={RouterLink} to={`/library/${result.document_id}?chunk=${passage.chunk_id}`} underline="hover" sx={{ fontWeight: 600 }}>
      {result.title}
      {passage.page ? ` · ${t('library.page', { page: passage.page })}` : ''}
    </Link>
  )
}

function Highlighted({ text, question }: { text: string; question: string }) {
  return (
    <Typography
      variant="body2"
      sx={{ mt: 0.5, whiteSpace: 'pre-line', display: '-webkit-box', WebkitLineClamp: 6, WebkitBoxOrient: 'vertical', overflow: 'hidden', lineHeight: 1.65 }}
    >
      {highlight(text, question).map((piece, index) =>
        piece.hit ? (
          <Box key={index} component="mark" sx={{ bgcolor: 'color-mix(in srgb, var(--mui-palette-warning-main) 28%, transparent)', color: 'inherit', borderRadius: 0.5 }}>
            {piece.text}
          </Box>
        ) : (
          piece.text
        ),
      )}
    </Typography>
  )
}

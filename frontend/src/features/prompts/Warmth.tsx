import Chip from '@mui/material/Chip'
import Typography from '@mui/material/Typography'
import { useTranslation } from 'react-i18next'
import { formatNumber } from '@/lib/format'
import type { TemplateEngine } from '@/lib/types'

const SHORT_S = 1

/** How long a template is, and whether a new chat starts at once or how long the first answer reads, where that is worth a word. */
export function Warmth({ engine }: { engine: TemplateEngine | null }) {
  const { t, i18n } = useTranslation()
  if (engine === null) return null
  const { prefix_tokens: count, cold_s, warm } = engine
  return (
    <>
      <Typography component="span" variant="body2" color="textSecondary" sx={{ mr: 0.5, whiteSpace: 'nowrap' }}>
        {t('templates.tokens', { count, value: formatNumber(count, i18n.language) })}
      </Typography>
      {cold_s >= SHORT_S && (
        <Chip size="small" variant="outlined" color={warm ? 'success' : 'default'} label={warm ? t('templates.warm') : t('templates.cold', { seconds: Math.round(cold_s) })} sx={{ mr: 0.5 }} />
      )}
    </>
  )
}

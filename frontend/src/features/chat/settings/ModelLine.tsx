import Box from '@mui/material/Box'
import Link from '@mui/material/Link'
import Typography from '@mui/material/Typography'
import { useTranslation } from 'react-i18next'
import { Link as RouterLink } from 'react-router-dom'
import { useEngine } from '@/lib/api/engine'
import { formatNumber } from '@/lib/format'

/** Which model answers here: the house has one at a time. */
export function ModelLine() {
  const { t, i18n } = useTranslation()
  const { data } = useEngine()
  const model = data?.model
  return (
    <Box sx={{ mb: 2.5 }}>
      <Typography variant="caption" color="textSecondary" component="h3">
        {t('settings.model')}
      </Typography>
      <Typography sx={{ overflowWrap: 'anywhere' }}>{model?.name ?? '–'}</Typography>
      <Typography variant="caption" color="textSecondary">
        {model && `${t('settings.modelContext', { tokens: formatNumber(model.n_ctx, i18n.language) })} `}
        <Link component={RouterLink} to="/models" color="inherit">
          {t('settings.modelOthers')}
        </Link>
      </Typography>
    </Box>
  )
}

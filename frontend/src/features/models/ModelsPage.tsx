import Box from '@mui/material/Box'
import Chip from '@mui/material/Chip'
import Link from '@mui/material/Link'
import Paper from '@mui/material/Paper'
import Typography from '@mui/material/Typography'
import { useTranslation } from 'react-i18next'
import { CopyButton } from '@/components/CopyButton'
import { Page } from '@/components/Page'
import { Shown } from '@/components/States'
import { useModels } from '@/lib/api/engine'
import { formatBytes } from '@/lib/format'
import type { CatalogueModel, Models } from '@/lib/types'

export default function ModelsPage() {
  const { t } = useTranslation()
  const query = useModels()
  return (
    <Page title={t('models.title')} lead={t('models.lead')}>
      <Shown query={query}>
        {(models) => (
          <>
            <Typography variant="h2" sx={{ mb: 1.5 }}>
              {t('models.installed')}
            </Typography>
            <Installed models={models} />
            <Typography variant="h2" sx={{ mt: 4, mb: 1.5 }}>
              {t('models.catalogue')}
            </Typography>
            <Box sx={{ display: 'grid', gap: 1.5 }}>
              {models.catalogue.map((model) => (
                <CatalogueCard key={model.name} model={model} />
              ))}
            </Box>
          </>
        )}
      </Shown>
    </Page>
  )
}

const card = { p: 2, borderRadius: 1.5 } as const

function Installed({ models }: { models: Models }) {
  const { t, i18n } = useTranslation()
  const current = (file: string, name: string | null) => models.current === file || (name !== null && models.current === name)
  if (models.installed.length === 0) return <Typography color="textSecondary">{t('models.none')}</Typography>
  return (
    <Box sx={{ display: 'grid', gap: 1.5 }}>
      {models.installed.map(({ file, name, size_bytes }) => (
        <Paper key={file} variant="outlined" sx={{ ...card, display: 'flex', flexWrap: 'wrap', gap: 1, alignItems: 'center' }}>
          <Box sx={{ flex: '1 1 220px', minWidth: 0 }}>
            <Typography sx={{ fontWeight: 600 }}>{name ?? file}</Typography>
            <Typography variant="body2" color="textSecondary">
              {file} · {formatBytes(size_bytes, i18n.language)}
            </Typography>
          </Box>
          {current(file, name) && <Chip size="small" color="primary" label={t('models.current')} />}
        </Paper>
      ))}
    </Box>
  )
}

function languageNames(codes: string[], locale: string): string {
  const names = new Intl.DisplayNames([locale], { type: 'language' })
  return codes.map((code) => names.of(code) ?? code).join(', ')
}

function CatalogueCard({ model }: { model: CatalogueModel }) {
  const { t, i18n } = useTranslation()
  const { language } = i18n
  return (
    <Paper variant="outlined" sx={card}>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1, alignItems: 'center' }}>
        <Typography variant="h3" sx={{ flex: '1 1 200px' }}>
          {model.title}
        </Typography>
        {model.installed && <Chip size="small" color="success" variant="outlined" label={t('models.isInstalled')} />}
      </Box>
      <Typography variant="body2" color="textSecondary" sx={{ mt: 0.5 }}>
        {formatBytes(model.size_bytes, language)} · {t('models.memory', { size: formatBytes(model.min_memory_bytes, language) })} ·{' '}
        {languageNames(model.languages, language)} ·{' '}
        <Link href={model.license_url} target="_blank" rel="noopener noreferrer">
          {model.license}
        </Link>
      </Typography>
      {!model.installed && (
        <Box sx={{ display: 'flex', alignItems: 'center', gap: 1, mt: 1, fontSize: 18 }}>
          <Box component="code" sx={{ fontSize: '0.82rem', bgcolor: 'action.hover', borderRadius: 1, px: 1, py: 0.5, wordBreak: 'break-all' }}>
            {model.command}
          </Box>
          <CopyButton text={model.command} label={t('models.copyCommand')} />
        </Box>
      )}
    </Paper>
  )
}

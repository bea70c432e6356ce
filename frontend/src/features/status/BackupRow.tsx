import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import { useTranslation } from 'react-i18next'
import { type Backup, downloadUrl } from '@/lib/api/safety'
import { formatBytes, formatMoment } from '@/lib/format'

interface BackupRowProps {
  backup: Backup
  disabled: boolean
  onRestore: () => void
}

export function BackupRow({ backup, disabled, onRestore }: BackupRowProps) {
  const { t, i18n } = useTranslation()
  const when = formatMoment(backup.made_at, i18n.language)
  return (
    <Box component="li" sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', columnGap: 0.5, borderTop: 1, borderColor: 'divider', py: 0.5 }}>
      <Box sx={{ flex: 1, minWidth: 140, fontVariantNumeric: 'tabular-nums' }}>
        {when}
        <Box component="span" sx={{ color: 'text.secondary', ml: 1.5 }}>
          {formatBytes(backup.size_bytes, i18n.language)}
        </Box>
      </Box>
      <Button component="a" href={downloadUrl(backup.name)} download={backup.name} aria-label={t('safety.download', { when })} sx={{ minHeight: 44, minWidth: 0, px: 1 }}>
        {t('safety.downloadShort')}
      </Button>
      <Button disabled={disabled} onClick={onRestore} aria-label={t('safety.restore', { when })} sx={{ minHeight: 44, minWidth: 0, px: 1 }}>
        {t('safety.restoreShort')}
      </Button>
    </Box>
  )
}

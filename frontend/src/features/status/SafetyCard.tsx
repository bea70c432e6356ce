import Box from '@mui/material/Box'
import Chip from '@mui/material/Chip'
import Typography from '@mui/material/Typography'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Shown } from '@/components/States'
import { type Safety, useSafety } from '@/lib/api/safety'
import { formatBytes, formatMoment } from '@/lib/format'
import { BackupActions } from './BackupActions'
import { Card, Facts } from './Card'

/** How old the last backup is, how full the disk; for the owner the backups themselves. */
export function SafetyCard() {
  const { t } = useTranslation()
  const query = useSafety()
  return (
    <Card title={t('safety.title')}>
      <Shown query={query}>
        {(safety) => (
          <>
            <SafetyFacts safety={safety} asked={query.dataUpdatedAt} />
            {safety.owner ? (
              <BackupActions safety={safety} />
            ) : (
              <Typography color="textSecondary" sx={{ mt: 2 }}>
                {t('safety.ownerOnly')}
              </Typography>
            )}
          </>
        )}
      </Shown>
    </Card>
  )
}

function SafetyFacts({ safety, asked }: { safety: Safety; asked: number }) {
  const { t, i18n } = useTranslation()
  const { disk, backup_age_s: age, backup_error: error, backup_error_code: code } = safety
  const bytes = (value: number) => formatBytes(value, i18n.language)
  const told = code === 'backup_folder_away' || code === 'backup_rotten' ? t(`errors.${code}`) : null
  const none = code === 'backup_folder_away' ? t('safety.unknown') : t('safety.none')
  const made = age === null ? none : formatMoment(new Date(asked - age * 1000).toISOString(), i18n.language)
  const rows: [string, ReactNode][] = [[t('safety.last'), made]]
  if (error !== null) rows.push(told ? [t('safety.problem'), told] : [t('safety.failed'), error])
  rows.push([
    t('safety.disk'),
    <Box key="disk" sx={{ display: 'flex', gap: 1.5, alignItems: 'center', flexWrap: 'wrap' }}>
      {t('safety.diskOf', { free: bytes(disk.free_bytes), total: bytes(disk.total_bytes) })}
      {disk.level !== 'ok' && (
        <Chip size="small" variant="outlined" color={disk.level === 'full' ? 'error' : 'warning'} label={t(`safety.${disk.level}`)} />
      )}
    </Box>,
  ])
  return <Facts rows={rows} />
}

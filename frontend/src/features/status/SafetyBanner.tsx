import Alert from '@mui/material/Alert'
import Box from '@mui/material/Box'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type Notice, type Safety, useSafety } from '@/lib/api/safety'
import { formatBytes, formatMoment } from '@/lib/format'
import { dismiss, openNotices } from './notices'

/** A disk that fills or fails, and what happened to the data until it was read here. */
export function SafetyBanner() {
  const { data: safety } = useSafety()
  const [, setTouched] = useState(0)
  if (!safety) return null
  const notices = openNotices(safety.notices)
  return (
    <Box sx={{ px: { xs: 1, sm: 2 }, display: 'grid', gap: 1, '&:not(:empty)': { pt: 1 } }}>
      {safety.writes && safety.writes.state !== 'ok' && <WritesAlert writes={safety.writes} />}
      {safety.disk.level !== 'ok' && <DiskAlert disk={safety.disk} />}
      {notices.map((notice) => (
        <NoticeAlert
          key={notice.id}
          notice={notice}
          onClose={() => {
            dismiss(notice.id)
            setTouched((count) => count + 1)
          }}
        />
      ))}
    </Box>
  )
}

function DiskAlert({ disk }: { disk: Safety['disk'] }) {
  const { t, i18n } = useTranslation()
  const free = formatBytes(disk.free_bytes, i18n.language)
  return (
    <Alert severity={disk.level === 'full' ? 'error' : 'warning'} role="status">
      {disk.level === 'full' ? t('safety.diskFull', { free }) : t('safety.diskLow', { free })}
    </Alert>
  )
}

function WritesAlert({ writes }: { writes: NonNullable<Safety['writes']> }) {
  const { t, i18n } = useTranslation()
  const refused = writes.state === 'refused'
  return (
    <Alert severity={refused ? 'error' : 'warning'} role="status">
      {refused ? t('safety.writesRefused') : t('safety.writesShaky', { when: formatMoment(writes.at ?? '', i18n.language) })}
    </Alert>
  )
}

const GOOD = new Set<Notice['kind']>(['backup_restored', 'database_repaired', 'library_rebuilt', 'library_renewed'])

function NoticeAlert({ notice, onClose }: { notice: Notice; onClose: () => void }) {
  const { t, i18n } = useTranslation()
  const { backup_at: backupAt, messages, aside } = notice.params
  const when = backupAt === undefined ? '' : formatMoment(String(backupAt), i18n.language)
  return (
    <Alert severity={GOOD.has(notice.kind) ? 'info' : 'warning'} role="status" onClose={onClose} closeText={t('common.dismiss')}>
      {t(`safety.${notice.kind}`, { when, messages: messages ?? 0 })}
      <Box sx={{ mt: 0.5, fontSize: '0.85rem', opacity: 0.85 }}>
        {formatMoment(notice.at, i18n.language)}
        {aside !== undefined && ` · ${t('safety.kept', { aside: String(aside) })}`}
      </Box>
    </Alert>
  )
}

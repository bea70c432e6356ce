import Box from '@mui/material/Box'
import LinearProgress from '@mui/material/LinearProgress'
import Link from '@mui/material/Link'
import Typography from '@mui/material/Typography'
import { useTranslation } from 'react-i18next'
import { Link as RouterLink } from 'react-router-dom'
import { IconAction } from '@/components/IconAction'
import { DownloadIcon, FileIcon, RetryIcon, TrashIcon, UsersIcon } from '@/components/icons'
import { useErrorToast, useToast } from '@/components/toast'
import { errorText } from '@/i18n/errors'
import { downloadUrl, isUnsettled, useDeleteDocument, useRestoreDocument, useRetryDocument } from '@/lib/api/documents'
import { formatBytes, formatDuration, formatWhen } from '@/lib/format'
import type { LibraryDocument } from '@/lib/types'
import { StateChip } from './StateChip'

export function DocumentRow({ document }: { document: LibraryDocument }) {
  const { t, i18n } = useTranslation()
  const folder = document.path.split('/').slice(1, -1).join('/')
  const facts = [
    folder,
    formatBytes(document.size_bytes, i18n.language),
    document.state === 'ready' ? t('library.passages', { count: document.chunk_count }) : '',
    formatWhen(document.updated_at, i18n.language),
  ].filter((fact) => fact !== '')
  return (
    <Box component="li" sx={{ display: 'flex', gap: 1.5, alignItems: 'center', py: 1.5, borderBottom: '1px solid', borderColor: 'divider' }}>
      <FileIcon sx={{ color: 'text.secondary', display: { xs: 'none', sm: 'block' } }} />
      <Box sx={{ flex: 1, minWidth: 0 }}>
        <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 1 }}>
          <Link component={RouterLink} to={`/library/${document.id}`} underline="hover" color="textPrimary" sx={{ fontWeight: 600 }}>
            {document.title}
          </Link>
          <StateChip state={document.state} />
          {document.owner === null && <UsersIcon titleAccess={t('library.shared')} fontSize="small" color="secondary" />}
        </Box>
        <Typography variant="body2" color="textSecondary">
          {facts.join(' · ')}
        </Typography>
        {document.error && (
          <Typography variant="body2" color="error">
            {errorText(document.error)}
          </Typography>
        )}
        <Progress document={document} />
      </Box>
      <RowActions document={document} />
    </Box>
  )
}

function Progress({ document }: { document: LibraryDocument }) {
  const { t, i18n } = useTranslation()
  const { progress } = document
  if (!isUnsettled(document) || !progress || progress.total === 0) return null
  const eta = progress.eta_s === null ? '' : ` · ${t('chat.eta', { time: formatDuration(progress.eta_s, i18n.language) })}`
  return (
    <Box sx={{ display: 'flex', alignItems: 'center', gap: 1, mt: 0.5 }}>
      <LinearProgress
        variant="determinate"
        aria-label={t('library.progress', { name: document.title })}
        value={Math.min(100, (100 * progress.done) / progress.total)}
        sx={{ flex: 1, maxWidth: 240, height: 4, borderRadius: 2 }}
      />
      <Typography variant="caption" color="textSecondary">
        {progress.done}/{progress.total}
        {eta}
      </Typography>
    </Box>
  )
}

function RowActions({ document }: { document: LibraryDocument }) {
  const { t } = useTranslation()
  const toast = useToast()
  const fail = useErrorToast()
  const remove = useDeleteDocument()
  const restore = useRestoreDocument()
  const retry = useRetryDocument()
  const undo = { label: t('common.undo'), run: () => void restore.mutateAsync(document.id).catch(fail) }
  const onDelete = () =>
    void remove
      .mutateAsync(document.id)
      .then(() => toast({ text: t('library.deleted', { title: document.title }), action: undo }))
      .catch(fail)
  return (
    <Box sx={{ display: 'flex', flex: 'none' }}>
      {(document.state === 'failed' || document.state === 'unsupported') && (
        <IconAction size="small" label={t('library.retry', { title: document.title })} onClick={() => void retry.mutateAsync(document.id).catch(fail)}>
          <RetryIcon fontSize="small" />
        </IconAction>
      )}
      <Box sx={{ display: { xs: 'none', sm: 'block' } }}>
        <IconAction size="small" label={t('library.download', { title: document.title })} href={downloadUrl(document.id)}>
          <DownloadIcon fontSize="small" />
        </IconAction>
      </Box>
      <IconAction size="small" label={t('library.delete', { title: document.title })} disabled={remove.isPending} onClick={onDelete}>
        <TrashIcon fontSize="small" />
      </IconAction>
    </Box>
  )
}

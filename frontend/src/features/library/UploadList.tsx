import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import LinearProgress from '@mui/material/LinearProgress'
import Typography from '@mui/material/Typography'
import { useTranslation } from 'react-i18next'
import { IconAction } from '@/components/IconAction'
import { CloseIcon } from '@/components/icons'
import { errorText } from '@/i18n/errors'
import type { Upload } from './useUploads'

const SHOWN = 6

interface UploadListProps {
  uploads: Upload[]
  onRetry: (key: number) => void
  onDismiss: (key: number) => void
}

/** What is on its way; of a whole folder only the first few, and how many more. */
export function UploadList({ uploads, onRetry, onDismiss }: UploadListProps) {
  const { t } = useTranslation()
  if (uploads.length === 0) return null
  const failedFirst = [...uploads].sort((a, b) => Number(b.state === 'failed') - Number(a.state === 'failed'))
  return (
    <Box role="status" sx={{ mt: 2, display: 'grid', gap: 1 }}>
      {failedFirst.slice(0, SHOWN).map((upload) => (
        <Box key={upload.key} sx={{ display: 'flex', alignItems: 'center', gap: 1 }}>
          <Box sx={{ flex: 1, minWidth: 0 }}>
            <Typography variant="body2" noWrap>
              {upload.path}
            </Typography>
            {upload.state === 'failed' ? (
              <Typography variant="body2" color="error">
                {errorText(upload.error)}
              </Typography>
            ) : (
              <LinearProgress aria-label={t('library.uploading', { name: upload.path })} variant="determinate" value={upload.fraction * 100} sx={{ height: 3, borderRadius: 2 }} />
            )}
          </Box>
          {upload.state === 'failed' && (
            <>
              <Button size="small" onClick={() => onRetry(upload.key)}>
                {t('common.retry')}
              </Button>
              <IconAction size="small" label={t('common.dismiss')} onClick={() => onDismiss(upload.key)}>
                <CloseIcon fontSize="small" />
              </IconAction>
            </>
          )}
        </Box>
      ))}
      {uploads.length > SHOWN && (
        <Typography variant="body2" color="textSecondary">
          {t('library.moreUploads', { count: uploads.length - SHOWN })}
        </Typography>
      )}
    </Box>
  )
}

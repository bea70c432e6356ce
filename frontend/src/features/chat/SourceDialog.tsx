import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import Dialog from '@mui/material/Dialog'
import DialogActions from '@mui/material/DialogActions'
import DialogContent from '@mui/material/DialogContent'
import DialogTitle from '@mui/material/DialogTitle'
import Typography from '@mui/material/Typography'
import { useTranslation } from 'react-i18next'
import { Link, useParams } from 'react-router-dom'
import { Shown } from '@/components/States'
import { useSourceDiff } from '@/lib/api/sessions'
import type { Source, SourceDiff } from '@/lib/types'
import { sourceAddress } from './sourceAddress'

interface SourceDialogProps {
  messageId: number
  source: Source
  onClose: () => void
  onAgain?: (() => void) | undefined
}

/** What became of a passage since it was cited. */
export default function SourceDialog({ messageId, source, onClose, onAgain }: SourceDialogProps) {
  const { t } = useTranslation()
  const { id = '' } = useParams()
  const diff = useSourceDiff(id, messageId, source.n ?? 0)
  const address = sourceAddress(source)
  return (
    <Dialog open onClose={onClose} maxWidth="md" fullWidth>
      <DialogTitle sx={{ overflowWrap: 'anywhere' }}>{source.title}</DialogTitle>
      <DialogContent>
        <Shown query={diff}>{(data) => <Diff diff={data} />}</Shown>
      </DialogContent>
      <DialogActions sx={{ px: 3, pb: 2, flexWrap: 'wrap' }}>
        <Button onClick={onClose}>{t('common.close')}</Button>
        {address !== undefined && (
          <Button component={Link} to={address}>
            {t('chat.source.open')}
          </Button>
        )}
        {onAgain && (
          <Button
            variant="contained"
            onClick={() => {
              onClose()
              onAgain()
            }}
          >
            {t('chat.again')}
          </Button>
        )}
      </DialogActions>
    </Dialog>
  )
}

const look = {
  equal: {},
  delete: { bgcolor: 'color-mix(in srgb, var(--mui-palette-error-main) 18%, transparent)', textDecoration: 'line-through' },
  insert: { bgcolor: 'color-mix(in srgb, var(--mui-palette-success-main) 22%, transparent)', textDecoration: 'none' },
} as const
const element = { equal: 'span', delete: 'del', insert: 'ins' } as const

export function Diff({ diff }: { diff: SourceDiff }) {
  const { t } = useTranslation()
  return (
    <>
      <Typography color="textSecondary" sx={{ mb: 1.5 }}>
        {t(`chat.source.${diff.status}Text`)}
      </Typography>
      <Box sx={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', lineHeight: 1.75 }}>
        {diff.ops.map(({ op, text }, index) => (
          // A diff never changes its order: the place is the identity.
          <Box key={index} component={element[op]} sx={{ borderRadius: 0.5, color: 'inherit', ...(diff.status === 'deleted' ? {} : look[op]) }} style={diff.status === 'deleted' ? { textDecoration: 'none' } : undefined}>
            {text}
          </Box>
        ))}
      </Box>
    </>
  )
}

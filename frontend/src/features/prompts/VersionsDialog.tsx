import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import Dialog from '@mui/material/Dialog'
import DialogActions from '@mui/material/DialogActions'
import DialogContent from '@mui/material/DialogContent'
import DialogTitle from '@mui/material/DialogTitle'
import Typography from '@mui/material/Typography'
import { useTranslation } from 'react-i18next'
import { Shown } from '@/components/States'
import { type TemplateVersion, useTemplateVersions } from '@/lib/api/templates'
import { formatMoment } from '@/lib/format'

interface VersionsDialogProps {
  id: string
  onTake: (version: TemplateVersion) => void
  onClose: () => void
}

/** What the template said before; one of them can be put back into the editor. */
export function VersionsDialog({ id, onTake, onClose }: VersionsDialogProps) {
  const { t } = useTranslation()
  const query = useTemplateVersions(id)
  return (
    <Dialog open onClose={onClose} maxWidth="sm" fullWidth aria-labelledby="versions-title">
      <DialogTitle id="versions-title">{t('templates.versions')}</DialogTitle>
      <DialogContent>
        <Shown query={query}>
          {(versions) =>
            versions.length === 0 ? (
              <Typography color="textSecondary">{t('templates.noVersions')}</Typography>
            ) : (
              <Box component="ul" sx={{ listStyle: 'none', p: 0, m: 0, display: 'grid', gap: 1 }}>
                {versions.map((version) => (
                  <Version key={version.id} version={version} onTake={() => onTake(version)} />
                ))}
              </Box>
            )
          }
        </Shown>
      </DialogContent>
      <DialogActions sx={{ px: 3, pb: 2 }}>
        <Button onClick={onClose}>{t('common.close')}</Button>
      </DialogActions>
    </Dialog>
  )
}

function Version({ version, onTake }: { version: TemplateVersion; onTake: () => void }) {
  const { t, i18n } = useTranslation()
  return (
    <Box component="li" sx={{ borderBottom: '1px solid', borderColor: 'divider', pb: 1 }}>
      <details>
        <Box component="summary" sx={{ cursor: 'pointer', py: 1.25 }}>
          {formatMoment(version.saved_at, i18n.language)} · {version.name}
        </Box>
        <Typography variant="body2" sx={{ whiteSpace: 'pre-wrap', mb: 1 }}>
          {version.system_prompt}
        </Typography>
        {version.examples.map(({ user, assistant }, index) => (
          <Typography key={index} variant="body2" color="textSecondary" sx={{ whiteSpace: 'pre-wrap', mb: 1 }}>
            {user}
            {'\n→ '}
            {assistant}
          </Typography>
        ))}
        <Button variant="outlined" onClick={onTake}>
          {t('templates.takeVersion')}
        </Button>
      </details>
    </Box>
  )
}

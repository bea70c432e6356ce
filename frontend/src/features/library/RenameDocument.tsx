import Button from '@mui/material/Button'
import Dialog from '@mui/material/Dialog'
import DialogActions from '@mui/material/DialogActions'
import DialogContent from '@mui/material/DialogContent'
import DialogTitle from '@mui/material/DialogTitle'
import TextField from '@mui/material/TextField'
import { type SyntheticEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { errorText } from '@/i18n/errors'
import { useRenameDocument } from '@/lib/api/documents'

interface RenameDocumentProps {
  id: string
  title: string
  onClose: () => void
}

/** Gives the file another name; its suffix stays where the new name brings none. */
export function RenameDocument({ id, title, onClose }: RenameDocumentProps) {
  const { t } = useTranslation()
  const [name, setName] = useState(title)
  const rename = useRenameDocument()
  const submit = (event: SyntheticEvent) => {
    event.preventDefault()
    rename.mutate({ id, title: name.trim() }, { onSuccess: onClose })
  }
  return (
    <Dialog open onClose={onClose} maxWidth="xs" fullWidth>
      <form onSubmit={submit}>
        <DialogTitle>{t('library.rename')}</DialogTitle>
        <DialogContent>
          <TextField
            autoFocus
            fullWidth
            margin="dense"
            label={t('library.name')}
            value={name}
            onChange={(event) => setName(event.target.value)}
            error={rename.isError}
            helperText={rename.error ? errorText(rename.error) : ' '}
          />
        </DialogContent>
        <DialogActions sx={{ px: 3, pb: 2 }}>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button type="submit" variant="contained" loading={rename.isPending} disabled={name.trim() === '' || name.trim() === title}>
            {t('common.save')}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}

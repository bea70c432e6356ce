import Button from '@mui/material/Button'
import Dialog from '@mui/material/Dialog'
import DialogActions from '@mui/material/DialogActions'
import DialogContent from '@mui/material/DialogContent'
import DialogTitle from '@mui/material/DialogTitle'
import List from '@mui/material/List'
import ListItemButton from '@mui/material/ListItemButton'
import ListItemIcon from '@mui/material/ListItemIcon'
import TextField from '@mui/material/TextField'
import { type SubmitEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { CloseIcon, FolderIcon } from '@/components/icons'
import { useFolders } from '@/lib/api/sessions'

const NAME_LIMIT = 100

/** Asks for a folder: one that is there, a new one, or none. */
export default function MoveDialog({ count, onMove, onClose }: { count: number; onMove: (folder: string) => void; onClose: () => void }) {
  const { t } = useTranslation()
  const { data: folders } = useFolders()
  const [name, setName] = useState('')
  const move = (folder: string) => {
    onClose()
    onMove(folder)
  }
  const create = (event: SubmitEvent) => {
    event.preventDefault()
    if (name.trim() !== '') move(name.trim())
  }
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="xs">
      <form onSubmit={create}>
        <DialogTitle>{t('sessions.moveTitle', { count })}</DialogTitle>
        <DialogContent sx={{ pb: 1 }}>
          <List disablePadding sx={{ mx: -1, mb: 1 }}>
            {folders?.map((folder) => (
              <ListItemButton key={folder.name} sx={{ borderRadius: 1, minHeight: 44 }} onClick={() => move(folder.name)}>
                <ListItemIcon sx={{ minWidth: 36 }}>
                  <FolderIcon fontSize="small" />
                </ListItemIcon>
                {folder.name}
              </ListItemButton>
            ))}
            <ListItemButton sx={{ borderRadius: 1, minHeight: 44 }} onClick={() => move('')}>
              <ListItemIcon sx={{ minWidth: 36 }}>
                <CloseIcon fontSize="small" />
              </ListItemIcon>
              {t('sessions.noFolder')}
            </ListItemButton>
          </List>
          <TextField fullWidth size="small" label={t('sessions.newFolder')} value={name} onChange={(event) => setName(event.target.value)} slotProps={{ htmlInput: { maxLength: NAME_LIMIT } }} sx={{ mt: 1 }} />
        </DialogContent>
        <DialogActions sx={{ px: 3, pb: 2 }}>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button type="submit" variant="contained" disabled={name.trim() === ''}>
            {t('sessions.moveAct')}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  )
}

import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import FormControlLabel from '@mui/material/FormControlLabel'
import Switch from '@mui/material/Switch'
import Typography from '@mui/material/Typography'
import { type ChangeEvent, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { FolderIcon, UploadIcon } from '@/components/icons'
import { type PlacedFile, fromDrop, fromInput } from './files'
import { useWindowDrop } from './useWindowDrop'

export function UploadArea({ onFiles }: { onFiles: (files: PlacedFile[], shared: boolean) => void }) {
  const { t } = useTranslation()
  const [shared, setShared] = useState(false)
  const over = useWindowDrop((transfer) => void fromDrop(transfer).then((files) => onFiles(files, shared)))
  return (
    <Box
      sx={{
        border: '1.5px dashed',
        borderColor: 'divider',
        borderRadius: 1.5,
        p: 2.5,
        display: 'flex',
        flexWrap: 'wrap',
        alignItems: 'center',
        gap: 1.5,
      }}
    >
      <Box sx={{ flex: '1 1 240px' }}>
        <Typography sx={{ fontWeight: 600 }}>{t('library.dropHere')}</Typography>
        <Typography variant="body2" color="textSecondary">
          {t('library.formats')}
        </Typography>
        <FormControlLabel
          control={<Switch size="small" checked={shared} onChange={(_event, on) => setShared(on)} />}
          label={t('library.share')}
          slotProps={{ typography: { variant: 'body2' } }}
          sx={{ mt: 1 }}
        />
      </Box>
      <Pickers onFiles={(files) => onFiles(files, shared)} />
      {over && <DropOverlay />}
    </Box>
  )
}

/** Over the whole window while files are held above it. */
function DropOverlay() {
  const { t } = useTranslation()
  return (
    <Box
      role="status"
      sx={{
        position: 'fixed',
        inset: 0,
        zIndex: 'modal',
        pointerEvents: 'none',
        display: 'grid',
        placeItems: 'center',
        bgcolor: 'color-mix(in srgb, var(--mui-palette-background-default) 82%, transparent)',
        border: '3px dashed',
        borderColor: 'primary.main',
      }}
    >
      <Typography variant="h1" component="p" color="primary">
        {t('library.dropNow')}
      </Typography>
    </Box>
  )
}

function Pickers({ onFiles }: { onFiles: (files: PlacedFile[]) => void }) {
  const { t } = useTranslation()
  const files = useRef<HTMLInputElement>(null)
  const folder = useRef<HTMLInputElement>(null)
  const onChange = (event: ChangeEvent<HTMLInputElement>) => {
    if (event.target.files) onFiles(fromInput(event.target.files))
    event.target.value = ''
  }
  return (
    <Box sx={{ display: 'flex', gap: 1, flexWrap: 'wrap' }}>
      <input ref={files} type="file" multiple hidden aria-label={t('library.upload')} onChange={onChange} />
      <input ref={folder} type="file" hidden aria-label={t('library.uploadFolder')} onChange={onChange} {...{ webkitdirectory: '' }} />
      <Button variant="contained" startIcon={<UploadIcon />} onClick={() => files.current?.click()}>
        {t('library.upload')}
      </Button>
      <Button variant="outlined" startIcon={<FolderIcon />} onClick={() => folder.current?.click()}>
        {t('library.uploadFolder')}
      </Button>
    </Box>
  )
}

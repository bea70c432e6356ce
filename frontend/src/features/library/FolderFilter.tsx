import MenuItem from '@mui/material/MenuItem'
import TextField from '@mui/material/TextField'
import { useTranslation } from 'react-i18next'
import { useCollections } from '@/lib/api/documents'
import { formatNumber } from '@/lib/format'
import { withParents } from './folders'

interface FolderFilterProps {
  value: string | undefined
  onChange: (value: string | undefined) => void
}

const EVERYWHERE = ''

/** Shows one folder with those below it; not there while nothing lies in a folder. */
export function FolderFilter({ value, onChange }: FolderFilterProps) {
  const { t, i18n } = useTranslation()
  const { data: collections = [] } = useCollections()
  if (collections.length === 0 && value === undefined) return null
  return (
    <TextField
      select
      size="small"
      label={t('library.folders')}
      value={value ?? EVERYWHERE}
      onChange={(event) => onChange(event.target.value === EVERYWHERE ? undefined : event.target.value)}
      slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
      sx={{ minWidth: 180, maxWidth: '100%' }}
    >
      <MenuItem value={EVERYWHERE}>{t('library.everywhere')}</MenuItem>
      {withParents(collections, value).map(({ path, documents, depth }) => (
        <MenuItem key={path} value={path} sx={{ pl: 2 + 2 * depth }}>
          {t('library.folderCount', { path: path.split('/').at(-1), value: formatNumber(documents, i18n.language) })}
        </MenuItem>
      ))}
    </TextField>
  )
}

import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import Dialog from '@mui/material/Dialog'
import DialogActions from '@mui/material/DialogActions'
import DialogContent from '@mui/material/DialogContent'
import DialogTitle from '@mui/material/DialogTitle'
import FormControlLabel from '@mui/material/FormControlLabel'
import Switch from '@mui/material/Switch'
import { useTranslation } from 'react-i18next'
import { SHORTCUTS, type ShortcutName, keyName } from './keys'

const NAMES: readonly ShortcutName[] = ['newChat', 'search', 'message', 'stop', 'nextChat', 'previousChat', 'drawer', 'sheet']

interface ShortcutSheetProps {
  mac: boolean
  singleKeys: boolean
  onSingleKeys: (on: boolean) => void
  onClose: () => void
}

/** What can be done from the keyboard. Single keys can be switched off: voice control may press them by accident. */
export function ShortcutSheet({ mac, singleKeys, onSingleKeys, onClose }: ShortcutSheetProps) {
  const { t } = useTranslation()
  return (
    <Dialog open onClose={onClose} maxWidth="xs" fullWidth aria-labelledby="shortcut-sheet">
      <DialogTitle id="shortcut-sheet">{t('shortcuts.title')}</DialogTitle>
      <DialogContent>
        <Box component="dl" sx={{ m: 0, display: 'grid', gridTemplateColumns: '1fr auto', rowGap: 1.25, columnGap: 2, alignItems: 'center' }}>
          {NAMES.map((name) => (
            <Box key={name} sx={{ display: 'contents' }}>
              <dt>{t(`shortcuts.${name}`)}</dt>
              <Box component="dd" sx={{ m: 0, display: 'flex', gap: 1, alignItems: 'center', justifyContent: 'flex-end', flexWrap: 'wrap' }}>
                <Ways name={name} mac={mac} singleKeys={singleKeys} />
              </Box>
            </Box>
          ))}
        </Box>
        <FormControlLabel control={<Switch checked={singleKeys} onChange={(_event, on) => onSingleKeys(on)} />} label={t('shortcuts.singleKeys')} sx={{ mt: 2.5 }} />
      </DialogContent>
      <DialogActions sx={{ px: 3, pb: 2 }}>
        <Button onClick={onClose} autoFocus>
          {t('common.close')}
        </Button>
      </DialogActions>
    </Dialog>
  )
}

function Ways({ name, mac, singleKeys }: { name: ShortcutName; mac: boolean; singleKeys: boolean }) {
  const ways = SHORTCUTS.filter((one) => one.name === name && (singleKeys || one.typing))
  return ways.map(({ keys }) => (
    <Box component="span" key={keys.join()} sx={{ display: 'inline-flex', gap: 0.5 }}>
      {keys.map((key) => (
        <Box component="kbd" key={key} sx={{ border: '1px solid', borderColor: 'divider', borderRadius: 0.75, px: 1, py: 0.25, minWidth: 28, textAlign: 'center', font: 'inherit', fontSize: '0.85rem', bgcolor: 'action.hover' }}>
          {keyName(key, mac)}
        </Box>
      ))}
    </Box>
  ))
}

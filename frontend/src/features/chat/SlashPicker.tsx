import List from '@mui/material/List'
import ListItemButton from '@mui/material/ListItemButton'
import ListItemText from '@mui/material/ListItemText'
import Paper from '@mui/material/Paper'
import Typography from '@mui/material/Typography'
import { useTranslation } from 'react-i18next'
import type { Template } from '@/lib/types'

interface SlashPickerProps {
  id: string
  found: readonly Template[]
  /** Which one Enter would choose. */
  at: number
  onChoose: (template: Template) => void
}

export const optionId = (id: string, at: number) => `${id}-${at}`

/** The templates above the box while a message begins with a slash. Focus stays in the box. */
export function SlashPicker({ id, found, at, onChoose }: SlashPickerProps) {
  const { t } = useTranslation()
  return (
    <Paper variant="outlined" sx={{ position: 'absolute', bottom: '100%', left: 0, right: 0, mb: 1, maxHeight: '40dvh', overflowY: 'auto', zIndex: 2 }}>
      {found.length === 0 ? (
        <Typography variant="body2" color="textSecondary" role="status" sx={{ px: 2, py: 1.5 }}>
          {t('slash.none')}
        </Typography>
      ) : (
        <List id={id} role="listbox" aria-label={t('slash.label')} dense disablePadding>
          {found.map((template, index) => (
            <ListItemButton
              key={template.id}
              id={optionId(id, index)}
              role="option"
              aria-selected={index === at}
              selected={index === at}
              tabIndex={-1}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => onChoose(template)}
              sx={{ minHeight: 44 }}
            >
              <ListItemText primary={template.name} secondary={template.description || undefined} slotProps={{ secondary: { noWrap: true } }} />
            </ListItemButton>
          ))}
        </List>
      )}
    </Paper>
  )
}

import MenuItem from '@mui/material/MenuItem'
import TextField from '@mui/material/TextField'
import Box from '@mui/material/Box'
import { useTranslation } from 'react-i18next'
import { LANGUAGES, LANGUAGE_NAMES } from '@/i18n/language'
import { TEXT_SIZES, type TextSize } from '@/lib/textSize'
import { usePreferences } from './usePreferences'

const THEMES = ['system', 'light', 'dark'] as const
const BROWSER = 'browser'

/** Theme, language and size of text. */
export function LookFields() {
  const { t } = useTranslation()
  const { theme, language, textSize, change } = usePreferences()
  return (
    <Box sx={{ display: 'grid', gap: 2, gridTemplateColumns: { sm: 'repeat(3, 1fr)' } }}>
      <TextField select size="small" id="account-theme" label={t('account.theme')} value={theme} onChange={(event) => change({ theme: THEMES.find((one) => one === event.target.value) ?? 'system' })}>
        {THEMES.map((one) => (
          <MenuItem key={one} value={one}>
            {t(`account.${one}`)}
          </MenuItem>
        ))}
      </TextField>
      <TextField select size="small" id="account-language" label={t('account.language')} value={language ?? BROWSER} onChange={(event) => change({ language: LANGUAGES.find((one) => one === event.target.value) ?? null })}>
        {[BROWSER, ...LANGUAGES].map((one) => (
          <MenuItem key={one} value={one}>
            {one === BROWSER ? t('account.browserLanguage') : LANGUAGE_NAMES[one as 'ko']}
          </MenuItem>
        ))}
      </TextField>
      <TextField select size="small" id="account-text" label={t('account.textSize')} value={textSize} onChange={(event) => change({ text_size: event.target.value as TextSize })}>
        {TEXT_SIZES.map((one) => (
          <MenuItem key={one} value={one}>
            {t(`account.size.${one}`)}
          </MenuItem>
        ))}
      </TextField>
    </Box>
  )
}

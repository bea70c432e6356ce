import Button from '@mui/material/Button'
import ButtonGroup from '@mui/material/ButtonGroup'
import { useTranslation } from 'react-i18next'
import { switchLanguage } from '@/i18n'
import { LANGUAGES, LANGUAGE_NAMES } from '@/i18n/language'

export function LanguageSwitch() {
  const { t, i18n } = useTranslation()
  return (
    <ButtonGroup size="small" variant="text" color="inherit" aria-label={t('account.language')}>
      {LANGUAGES.map((one) => (
        <Button key={one} lang={one} aria-pressed={i18n.language === one} onClick={() => void switchLanguage(one)} sx={{ opacity: i18n.language === one ? 1 : 0.65, px: 1.5 }}>
          {LANGUAGE_NAMES[one]}
        </Button>
      ))}
    </ButtonGroup>
  )
}

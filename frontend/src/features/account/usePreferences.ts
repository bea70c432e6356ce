import { useColorScheme } from '@mui/material/styles'
import { useCallback, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { rememberedLanguage, switchLanguage } from '@/i18n'
import { type Preferences, useAccount, useChangeAccount } from '@/lib/api/account'
import { rememberedTextSize, switchTextSize } from '@/lib/textSize'

/** Takes over what the person has set on another device; what was never set stays as this device has it. */
export function useFollowedPreferences(): void {
  const { data: account } = useAccount()
  const { setMode } = useColorScheme()
  const wanted = account?.preferences
  useEffect(() => {
    if (wanted?.theme) setMode(wanted.theme)
    if (wanted?.language && wanted.language !== rememberedLanguage()) void switchLanguage(wanted.language)
    if (wanted?.text_size) switchTextSize(wanted.text_size)
  }, [wanted, setMode])
}

/** How the page looks, and changing it: here at once, and for the other devices. */
export function usePreferences() {
  const { data: account } = useAccount()
  const { mutate } = useChangeAccount()
  const { mode, setMode } = useColorScheme()
  const { i18n } = useTranslation()
  const [, setRound] = useState(0)
  const known = account?.preferences
  const change = useCallback(
    (preferences: Partial<Preferences>) => {
      if (preferences.theme) setMode(preferences.theme)
      if (preferences.language !== undefined) void switchLanguage(preferences.language)
      if (preferences.text_size) switchTextSize(preferences.text_size)
      setRound((count) => count + 1)
      if (known) mutate({ preferences: { ...known, ...preferences } })
    },
    [known, mutate, setMode],
  )
  return { theme: mode ?? 'system', language: rememberedLanguage(), shownLanguage: i18n.language, textSize: rememberedTextSize(), change }
}

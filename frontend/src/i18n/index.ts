import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import { recall, remember } from '@/lib/storage'
import { LANGUAGES, type Language, chooseLanguage } from './language'

const LOADERS: Record<Language, () => Promise<{ default: object }>> = {
  en: () => import('./en.json'),
  ko: () => import('./ko.json'),
}

const KEY = 'language'

/** Null when the language follows the browser. */
export const rememberedLanguage = (): Language | null => LANGUAGES.find((one) => one === recall(KEY)) ?? null

async function show(language: Language): Promise<void> {
  if (!i18next.hasResourceBundle(language, 'translation')) {
    i18next.addResourceBundle(language, 'translation', (await LOADERS[language]()).default)
  }
  await i18next.changeLanguage(language)
  document.documentElement.lang = language
}

export async function startI18n(): Promise<void> {
  await i18next.use(initReactI18next).init({ resources: {}, fallbackLng: false, interpolation: { escapeValue: false }, showSupportNotice: false })
  await show(rememberedLanguage() ?? chooseLanguage(navigator.languages))
}

export async function switchLanguage(language: Language | null): Promise<void> {
  remember(KEY, language)
  await show(language ?? chooseLanguage(navigator.languages))
}

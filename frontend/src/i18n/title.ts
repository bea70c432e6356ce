import type { TFunction } from 'i18next'

const UNNAMED = new Set(['', 'New Chat'])

/** The server names a chat that has no first message yet in English. */
export const shownTitle = (title: string, t: TFunction) => (UNNAMED.has(title) ? t('sessions.untitled') : title)

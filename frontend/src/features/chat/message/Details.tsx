import Box from '@mui/material/Box'
import ButtonBase from '@mui/material/ButtonBase'
import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import { ChevronIcon } from '@/components/icons'
import { formatNumber } from '@/lib/format'
import type { Message } from '@/lib/types'

type Row = [name: string, value: string]

function origin({ model, template, sources }: Message, t: TFunction, locale: string): Row[] {
  const rows: Row[] = []
  if (model) rows.push([t('message.model'), model.replace(/\.gguf$/i, '')])
  if (template) rows.push([t('message.template'), template])
  if (sources.length > 0) rows.push([t('message.sourcesCount'), formatNumber(sources.length, locale)])
  return rows
}

function cost({ usage, timings }: Message, t: TFunction, locale: string): Row[] {
  const seconds = (value: number) => {
    const shown = value < 0.05 ? `< ${formatNumber(0.1, locale, 1)}` : formatNumber(value, locale, value < 10 ? 1 : 0)
    return t('chat.seconds', { value: shown })
  }
  const tokens = (value: number) => formatNumber(value, locale)
  const rows: Row[] = []
  if (usage) {
    rows.push([t('chat.detail.prompt'), t('chat.detail.promptValue', { total: tokens(usage.prompt_tokens), cached: tokens(usage.cached_tokens) })])
    rows.push([t('chat.detail.written'), t('chat.detail.tokens', { value: tokens(usage.completion_tokens) })])
  }
  if (timings) {
    rows.push([t('message.speed'), t('chat.speed', { value: formatNumber(timings.tokens_per_s, locale, 1) })])
    rows.push([t('chat.detail.waited'), seconds(timings.queue_s)])
    rows.push([t('chat.detail.read'), seconds(timings.prompt_s)])
    rows.push([t('chat.detail.first'), seconds(timings.ttft_s)])
    rows.push([t('chat.detail.write'), seconds(timings.decode_s)])
  }
  return rows
}

export const hasDetails = ({ usage, timings, model }: Message) => Boolean(usage ?? timings ?? model)

/** The speed in a word; opens the rest. */
export function DetailsButton({ message, open, onToggle }: { message: Message; open: boolean; onToggle: () => void }) {
  const { t, i18n } = useTranslation()
  const { timings } = message
  const text = timings ? t('chat.speed', { value: formatNumber(timings.tokens_per_s, i18n.language, 1) }) : t('chat.details')
  return (
    <ButtonBase
      aria-expanded={open}
      title={t('chat.details')}
      onClick={onToggle}
      sx={{ borderRadius: 1, px: 0.75, minHeight: 28, color: 'text.secondary', fontFamily: 'inherit', fontSize: '0.8rem', whiteSpace: 'nowrap', '@media (pointer: coarse)': { minHeight: 44 } }}
    >
      {text}
      <ChevronIcon sx={{ fontSize: 16, transform: open ? 'rotate(180deg)' : 'none', transition: 'transform .15s' }} />
    </ButtonBase>
  )
}

/** What answered, from what, and what it cost. */
export function Details({ message }: { message: Message }) {
  const { t, i18n } = useTranslation()
  const rows = [...origin(message, t, i18n.language), ...cost(message, t, i18n.language)]
  return (
    <Box component="dl" sx={{ display: 'grid', gridTemplateColumns: 'auto 1fr', columnGap: 2, rowGap: 0.25, m: 0, mt: 0.5, color: 'text.secondary', fontSize: '0.8rem' }}>
      {rows.map(([name, value]) => (
        <Box key={name} sx={{ display: 'contents' }}>
          <dt>{name}</dt>
          <Box component="dd" sx={{ m: 0, overflowWrap: 'anywhere' }}>
            {value}
          </Box>
        </Box>
      ))}
    </Box>
  )
}

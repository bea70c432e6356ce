import Box from '@mui/material/Box'
import ButtonBase from '@mui/material/ButtonBase'
import Collapse from '@mui/material/Collapse'
import type { TFunction } from 'i18next'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ChevronIcon } from '@/components/icons'
import { formatNumber } from '@/lib/format'
import type { Message, Timings, Usage } from '@/lib/types'

function rows(usage: Usage | null, timings: Timings | null, t: TFunction, locale: string): [string, string][] {
  const seconds = (value: number) => {
    const shown = value < 0.05 ? `< ${formatNumber(0.1, locale, 1)}` : formatNumber(value, locale, value < 10 ? 1 : 0)
    return t('chat.seconds', { value: shown })
  }
  const tokens = (value: number) => formatNumber(value, locale)
  const list: [string, string][] = []
  if (usage) {
    list.push([t('chat.detail.prompt'), t('chat.detail.promptValue', { total: tokens(usage.prompt_tokens), cached: tokens(usage.cached_tokens) })])
    list.push([t('chat.detail.written'), t('chat.detail.tokens', { value: tokens(usage.completion_tokens) })])
  }
  if (timings) {
    list.push([t('chat.detail.waited'), seconds(timings.queue_s)])
    list.push([t('chat.detail.read'), seconds(timings.prompt_s)])
    list.push([t('chat.detail.first'), seconds(timings.ttft_s)])
    list.push([t('chat.detail.write'), seconds(timings.decode_s)])
  }
  return list
}

/** The speed in a word, and behind it what the answer cost. */
export function RunDetails({ message }: { message: Message }) {
  const { t, i18n } = useTranslation()
  const [open, setOpen] = useState(false)
  const { usage, timings } = message
  if (!usage && !timings) return null
  const speed = timings ? t('chat.speed', { value: formatNumber(timings.tokens_per_s, i18n.language, 1) }) : t('chat.details')
  return (
    <Box sx={{ color: 'text.secondary', fontSize: '0.8rem' }}>
      <ButtonBase aria-expanded={open} onClick={() => setOpen(!open)} sx={{ borderRadius: 1, px: 0.5, py: 0.25, font: 'inherit' }}>
        {speed}
        <ChevronIcon sx={{ fontSize: 16, transform: open ? 'rotate(180deg)' : 'none', transition: 'transform .15s' }} />
      </ButtonBase>
      <Collapse in={open} unmountOnExit>
        <Box component="dl" sx={{ display: 'grid', gridTemplateColumns: 'auto 1fr', columnGap: 2, rowGap: 0.25, m: 0, mt: 0.5, px: 0.5 }}>
          {rows(usage, timings, t, i18n.language).map(([name, value]) => (
            <Box key={name} sx={{ display: 'contents' }}>
              <dt>{name}</dt>
              <Box component="dd" sx={{ m: 0 }}>
                {value}
              </Box>
            </Box>
          ))}
        </Box>
      </Collapse>
    </Box>
  )
}

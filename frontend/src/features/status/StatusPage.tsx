import Box from '@mui/material/Box'
import Chip from '@mui/material/Chip'
import type { TFunction } from 'i18next'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Page } from '@/components/Page'
import { Shown } from '@/components/States'
import { useEngine } from '@/lib/api/engine'
import { formatBytes, formatDuration, formatNumber } from '@/lib/format'
import type { Engine } from '@/lib/types'
import { Card, Facts } from './Card'
import { ChartsCard } from './ChartsCard'
import { HappeningsCard } from './HappeningsCard'
import { SafetyCard } from './SafetyCard'
import { SelfTestCard } from './SelfTestCard'

const POLL_MS = 2_000
const COLOURS = { ready: 'success', loading: 'warning', calibrating: 'warning', unavailable: 'error', down: 'error' } as const

export default function StatusPage() {
  const { t } = useTranslation()
  const query = useEngine(POLL_MS)
  return (
    <Page title={t('status.title')} lead={t('status.lead')}>
      <Shown query={query}>
        {(engine) => (
          <Box sx={{ display: 'grid', gap: 2 }}>
            <EngineCard engine={engine} />
            <ChartsCard />
            <LoadCard engine={engine} />
            <MemoryCard engine={engine} />
            <ProcessCard engine={engine} />
            <SafetyCard />
            <HappeningsCard />
            <SelfTestCard />
          </Box>
        )}
      </Shown>
    </Page>
  )
}

function EngineCard({ engine }: { engine: Engine }) {
  const { t, i18n } = useTranslation()
  const { model, embedder, reranker } = engine
  const rows: [string, ReactNode][] = [
    [t('status.state'), <Chip key="state" size="small" color={COLOURS[engine.state]} variant="outlined" label={t(`status.${engine.state}`)} />],
  ]
  if (engine.reason) rows.push([t('status.reason'), engine.reason])
  if (model) {
    rows.push([t('status.model'), `${model.name} (${formatBytes(model.size_bytes, i18n.language)})`])
    rows.push([t('status.context'), t('chat.detail.tokens', { value: formatNumber(model.n_ctx, i18n.language) })])
  }
  if (embedder) rows.push([t('status.embedder'), embedder.name])
  if (reranker) rows.push([t('status.reranker'), reranker.name || reranker.reason])
  rows.push([t('status.restarts'), formatNumber(engine.restarts, i18n.language)])
  return (
    <Card title={t('status.engine')}>
      <Facts rows={rows} />
    </Card>
  )
}

function LoadCard({ engine }: { engine: Engine }) {
  const { t, i18n } = useTranslation()
  const speed = (value: number | null | undefined) =>
    value ? t('chat.speed', { value: formatNumber(value, i18n.language, 1) }) : t('status.notYet')
  return (
    <Card title={t('status.load')}>
      <Facts
        rows={[
          [t('status.active'), t('status.activeOf', { active: engine.active, parallel: engine.parallel })],
          [t('status.queue'), <Queue key="queue" engine={engine} />],
          [t('status.decode'), speed(engine.speeds.decode_tokens_per_s)],
          ...depthRows(engine, t, i18n.language),
          [t('status.prompt'), speed(engine.speeds.prompt_tokens_per_s)],
        ]}
      />
    </Card>
  )
}

/** Who waits and for how long; only names, never what was asked. */
function Queue({ engine }: { engine: Engine }) {
  const { t, i18n } = useTranslation()
  if (engine.waiting.length === 0) return formatNumber(engine.queue, i18n.language)
  return (
    <Box component="ol" sx={{ m: 0, pl: 2.5 }}>
      {engine.waiting.map(({ position, username, eta_s }) => (
        <li key={position}>
          {eta_s === null ? username : t('status.waits', { name: username, time: formatDuration(eta_s, i18n.language) })}
        </li>
      ))}
    </Box>
  )
}

/** The shallowest and the deepest chat that was measured: a long chat is slower, and by how much. */
function depthRows({ speeds }: Engine, t: TFunction, locale: string): [string, ReactNode][] {
  const measured = speeds.by_depth.filter(({ depth }, place, all) => place === 0 || (place === all.length - 1 && depth > 1000))
  if (measured.length < 2) return []
  return measured.map(({ depth, decode_tokens_per_s }) => [
    t('status.atDepth', { tokens: formatNumber(depth, locale) }),
    t('chat.speed', { value: formatNumber(decode_tokens_per_s, locale, 1) }),
  ])
}

function MemoryCard({ engine }: { engine: Engine }) {
  const { t, i18n } = useTranslation()
  const number = (value: number) => formatNumber(value, i18n.language)
  const { sequences, cache } = engine
  const tokens = sequences.reduce((sum, one) => sum + one.tokens, 0)
  const busy = sequences.filter((one) => one.busy).length
  const saved = cache.prompt_tokens > 0 ? `${number(Math.floor((100 * cache.cached_tokens) / cache.prompt_tokens))} %` : t('status.notYet')
  return (
    <Card title={t('status.memory')}>
      <Facts
        rows={[
          [t('status.warm'), t('status.warmOf', { busy: number(busy), idle: number(sequences.length - busy) })],
          [t('status.held'), t('status.heldOf', { tokens: number(tokens), pool: number(engine.pool_tokens) })],
          [t('status.saved'), saved],
        ]}
      />
    </Card>
  )
}

function ProcessCard({ engine }: { engine: Engine }) {
  const { t, i18n } = useTranslation()
  return (
    <Card title={t('status.parts')}>
      <Facts
        rows={engine.processes.map(({ name, up, rss_bytes }) => [
          name,
          <Box key={name} sx={{ display: 'flex', gap: 1.5, alignItems: 'center', flexWrap: 'wrap' }}>
            <Chip size="small" variant="outlined" color={up ? 'success' : 'error'} label={t(up ? 'status.up' : 'status.notUp')} />
            {rss_bytes === null ? '' : formatBytes(rss_bytes, i18n.language)}
          </Box>,
        ])}
      />
    </Card>
  )
}

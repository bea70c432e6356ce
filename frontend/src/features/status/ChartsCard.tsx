import Box from '@mui/material/Box'
import Skeleton from '@mui/material/Skeleton'
import ToggleButton from '@mui/material/ToggleButton'
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup'
import Typography from '@mui/material/Typography'
import { Suspense, lazy, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Failure } from '@/components/States'
import { type BoxHistory, type HistorySpan, useBoxHistory } from '@/lib/api/status'
import { Card } from './Card'
import { type ChartPlan, chartPlans, latest } from './chartPlans'

const Chart = lazy(() => import('./Chart'))
const SPANS: readonly HistorySpan[] = ['quarter', 'hour', 'day']
const HEIGHT = 150

/** How the box was lately; the drawing code is fetched when there is something to draw. */
export function ChartsCard() {
  const { t } = useTranslation()
  const [span, setSpan] = useState<HistorySpan>('quarter')
  const query = useBoxHistory(span)
  return (
    <Card title={t('status.charts')}>
      <SpanChoice value={span} onChange={setSpan} />
      {query.data ? <Charts history={query.data} /> : query.error ? <Failure error={query.error} onRetry={() => void query.refetch()} /> : <Blank />}
    </Card>
  )
}

function SpanChoice({ value, onChange }: { value: HistorySpan; onChange: (value: HistorySpan) => void }) {
  const { t } = useTranslation()
  return (
    <ToggleButtonGroup
      exclusive
      size="small"
      value={value}
      aria-label={t('status.span')}
      onChange={(_event, next: HistorySpan | null) => {
        if (next) onChange(next)
      }}
      sx={{ mb: 2, '& .MuiToggleButton-root': { textTransform: 'none', color: 'text.secondary', px: 1.75, minHeight: 40 } }}
    >
      {SPANS.map((one) => (
        <ToggleButton key={one} value={one}>
          {t(`status.${one}`)}
        </ToggleButton>
      ))}
    </ToggleButtonGroup>
  )
}

const grid = { display: 'grid', gridTemplateColumns: { xs: '1fr', md: '1fr 1fr' }, columnGap: 3, rowGap: 2.5 } as const

function Blank() {
  return (
    <Box sx={grid}>
      {[1, 2, 3, 4].map((one) => (
        <Skeleton key={one} variant="rounded" height={HEIGHT + 28} />
      ))}
    </Box>
  )
}

function Charts({ history }: { history: BoxHistory }) {
  const { t } = useTranslation()
  const plans = chartPlans(history)
  if (plans.length === 0) return <Typography color="textSecondary">{t('status.noSamples')}</Typography>
  return (
    <Box sx={grid}>
      {plans.map((plan) => (
        <Drawn key={plan.name} plan={plan} history={history} />
      ))}
    </Box>
  )
}

/** The newest value stands above the drawing in words, for those who do not see it. */
function Drawn({ plan, history }: { plan: ChartPlan; history: BoxHistory }) {
  const { t, i18n } = useTranslation()
  const title = t(`status.chart.${plan.name}`)
  const value = latest(plan, history, i18n.language)
  const total = plan.total === null ? null : plan.format(plan.total, i18n.language)
  return (
    <Box component="figure" aria-label={title} sx={{ m: 0, minWidth: 0 }}>
      <Box component="figcaption" sx={{ display: 'flex', justifyContent: 'space-between', gap: 1, flexWrap: 'wrap' }}>
        <Typography variant="body2" sx={{ fontWeight: 600 }}>
          {title}
        </Typography>
        <Typography variant="body2" color="textSecondary" sx={{ fontVariantNumeric: 'tabular-nums' }}>
          {value !== null && (total === null ? t('status.chart.now', { value }) : t('status.chart.of', { value, total }))}
        </Typography>
      </Box>
      <Box sx={{ minHeight: HEIGHT }}>
        <Suspense fallback={<Skeleton variant="rounded" height={HEIGHT} />}>
          <Chart plan={plan} history={history} height={HEIGHT} />
        </Suspense>
      </Box>
    </Box>
  )
}

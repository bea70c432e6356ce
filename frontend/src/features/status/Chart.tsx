import { LineChart } from '@mui/x-charts/LineChart'
import { useTranslation } from 'react-i18next'
import type { BoxHistory } from '@/lib/api/status'
import type { ChartPlan } from './chartPlans'

interface ChartProps {
  plan: ChartPlan
  history: BoxHistory
  height: number
}

const COLOURS = ['primary', 'secondary', 'warning', 'info'].map((name) => `var(--mui-palette-${name}-main)`)

/** Lines over time in the colours of the house; nothing moves, so that a live picture does not tremble. */
export default function Chart({ plan, history, height }: ChartProps) {
  const { t, i18n } = useTranslation()
  const { language } = i18n
  const sparse = plan.name === 'ttft_s'
  const time: Intl.DateTimeFormatOptions = { hour: 'numeric', minute: '2-digit' }
  return (
    <LineChart
      height={height}
      skipAnimation
      hideLegend={plan.columns.length === 1}
      margin={{ left: 0, right: 28, top: 8, bottom: 0 }}
      grid={{ horizontal: true }}
      colors={COLOURS}
      xAxis={[
        {
          data: history.at.map((at) => new Date(at * 1000)),
          scaleType: 'time',
          tickNumber: 4,
          height: 24,
          valueFormatter: (at: Date) => at.toLocaleTimeString(language, time),
        },
      ]}
      yAxis={[
        {
          min: 0,
          ...(plan.max === null ? {} : { max: plan.max }),
          width: 62,
          tickNumber: 3,
          valueFormatter: (value: number) => plan.format(value, language),
        },
      ]}
      series={plan.columns.map((name) => ({
        id: name,
        data: history.columns[name] ?? [],
        label: t(`status.chart.${name === 'disk_free_bytes' ? 'disk' : name}`),
        showMark: sparse,
        connectNulls: sparse,
        curve: 'linear' as const,
        area: plan.stacked || plan.columns.length === 1,
        ...(plan.stacked ? { stack: 'all' } : {}),
        valueFormatter: (value: number | null) => (value === null ? '–' : plan.format(value, language)),
      }))}
      slotProps={{ legend: { sx: { fontSize: 12, gap: 1 } } }}
      sx={{ '& .MuiLineChart-area': { fillOpacity: 0.18 } }}
    />
  )
}

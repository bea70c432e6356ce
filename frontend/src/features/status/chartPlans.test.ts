import { expect, it } from 'vitest'
import type { BoxHistory } from '@/lib/api/status'
import { chartPlans, latest } from './chartPlans'

const history = (columns: BoxHistory['columns']): BoxHistory => ({
  span: 'quarter',
  at: [0, 5, 10],
  columns,
  memory_total_bytes: 8_000_000_000,
  disk_total_bytes: null,
})

it('draws only what was seen', () => {
  const plans = chartPlans(history({ cpu: [null, 0.5, 0.25], celsius: [null, null, null], queue: [null, 0, 0] }))
  expect(plans.map((plan) => plan.name)).toEqual(['load', 'cpu'])
})

it('says the newest value, of parts the whole, and nothing where the newest points saw nothing', () => {
  const seen = history({ cpu: [0.1, 0.25, null], model_bytes: [1, 1, 1_000_000_000], web_bytes: [1, 1, 500_000_000], ttft_s: [9, null, null, null] })
  const told = Object.fromEntries(chartPlans(seen).map((plan) => [plan.name, latest(plan, seen, 'en')]))
  expect(told).toEqual({ cpu: '25%', memory: '1.5 GB', ttft_s: null })
})

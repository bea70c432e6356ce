import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import Link from '@mui/material/Link'
import Typography from '@mui/material/Typography'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Link as RouterLink } from 'react-router-dom'
import { useErrorToast } from '@/components/toast'
import { useRunSelfTest, useSelfTestResults } from '@/lib/api/selftest'
import { formatWhen } from '@/lib/format'
import type { SelfTestLost, SelfTestResult } from '@/lib/types'
import { Card, Facts } from './Card'
import { beforeChange } from './selfTest'

const EARLIER_SHOWN = 6

/** Whether pinned questions still find the passages that answered them. */
export function SelfTestCard() {
  const { t } = useTranslation()
  const { data: results } = useSelfTestResults()
  const run = useRunSelfTest()
  const fail = useErrorToast()
  if (!results) return null
  const last = results[0]
  return (
    <Card title={t('status.selfTest.title')}>
      <Typography color="textSecondary" sx={{ mb: 1.5 }}>
        {t(last && last.pins > 0 ? 'status.selfTest.lead' : 'status.selfTest.empty')}
      </Typography>
      {last && last.pins > 0 && <LastResult last={last} results={results} />}
      <Button size="small" variant="outlined" loading={run.isPending} onClick={() => run.mutate(undefined, { onError: fail })} sx={{ mt: 2 }}>
        {t('status.selfTest.run')}
      </Button>
    </Card>
  )
}

function LastResult({ last, results }: { last: SelfTestResult; results: SelfTestResult[] }) {
  const { t, i18n } = useTranslation()
  const share = (value: number | null) =>
    value === null ? t('status.notYet') : value.toLocaleString(i18n.language, { style: 'percent', maximumFractionDigits: 0 })
  const rows: [string, ReactNode][] = [
    [t('status.selfTest.found', { count: last.k }), share(last.recall_at_k)],
    [t('status.selfTest.first'), share(last.recall_at_1)],
    [t('status.selfTest.pins'), t('status.selfTest.tested', { tested: last.tested, pins: last.pins })],
    [t('status.selfTest.when'), formatWhen(last.ran_at, i18n.language)],
  ]
  const earlier = results.slice(1, 1 + EARLIER_SHOWN)
  if (earlier.length > 0) rows.push([t('status.selfTest.earlier'), earlier.map((one) => share(one.recall_at_k)).join(' · ')])
  const before = beforeChange(results)
  if (before) {
    const values = { before: share(before.recall_at_k), after: share(last.recall_at_k) }
    rows.push([t('status.selfTest.change'), t('status.selfTest.beforeAfter', values)])
  }
  return (
    <>
      <Facts rows={rows} />
      {last.lost.length > 0 && <LostList lost={last.lost} />}
    </>
  )
}

function LostList({ lost }: { lost: SelfTestLost[] }) {
  const { t } = useTranslation()
  return (
    <>
      <Typography variant="subtitle2" sx={{ mt: 2 }}>
        {t('status.selfTest.lost')}
      </Typography>
      <Box component="ul" sx={{ m: 0, mt: 0.5, pl: 2.5 }}>
        {lost.map((one) => (
          <Box component="li" key={one.message_id} sx={{ overflowWrap: 'anywhere' }}>
            <Link component={RouterLink} to={`/chat/${one.session_id}`}>
              {one.question}
            </Link>
            <Typography variant="body2" color="textSecondary">
              {t(`status.selfTest.reason.${one.reason}`, { title: one.title })}
            </Typography>
          </Box>
        ))}
      </Box>
    </>
  )
}

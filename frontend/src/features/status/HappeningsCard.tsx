import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import Typography from '@mui/material/Typography'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Shown } from '@/components/States'
import { type Happening, useHappenings } from '@/lib/api/status'
import { formatMoment } from '@/lib/format'
import { Card } from './Card'
import { happeningText } from './happening'

const FIRST_SHOWN = 8
const KEPT = 200

/** What happened to the box, newest first. */
export function HappeningsCard() {
  const { t } = useTranslation()
  const query = useHappenings(KEPT)
  const [all, setAll] = useState(false)
  return (
    <Card title={t('status.happenings')}>
      <Shown query={query}>
        {(happenings) => (
          <>
            <List happenings={all ? happenings : happenings.slice(0, FIRST_SHOWN)} />
            {!all && happenings.length > FIRST_SHOWN && (
              <Button size="small" onClick={() => setAll(true)} sx={{ mt: 1, ml: -0.5 }}>
                {t('status.allHappenings')}
              </Button>
            )}
          </>
        )}
      </Shown>
    </Card>
  )
}

function List({ happenings }: { happenings: Happening[] }) {
  const { t, i18n } = useTranslation()
  if (happenings.length === 0) return <Typography color="textSecondary">{t('status.noHappenings')}</Typography>
  return (
    <Box component="ul" sx={{ listStyle: 'none', m: 0, p: 0, display: 'grid', rowGap: 1 }}>
      {happenings.map((one) => (
        <Box component="li" key={one.at + one.kind} sx={{ display: 'grid', gridTemplateColumns: { xs: '1fr', sm: '150px 1fr' }, columnGap: 2 }}>
          <Typography component="time" dateTime={one.at} variant="body2" color="textSecondary" sx={{ lineHeight: 1.6, fontVariantNumeric: 'tabular-nums' }}>
            {formatMoment(one.at, i18n.language)}
          </Typography>
          <span>{happeningText(one, i18n.language)}</span>
        </Box>
      ))}
    </Box>
  )
}

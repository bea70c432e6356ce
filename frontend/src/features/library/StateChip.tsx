import Chip from '@mui/material/Chip'
import { useTranslation } from 'react-i18next'
import type { DocumentState } from '@/lib/types'

const COLOURS = {
  queued: 'default',
  parsing: 'warning',
  embedding: 'info',
  ready: 'success',
  failed: 'error',
  unsupported: 'default',
} as const

export function StateChip({ state }: { state: DocumentState }) {
  const { t } = useTranslation()
  return <Chip size="small" variant="outlined" color={COLOURS[state]} label={t(`library.state.${state}`)} title={t(`library.stateHelp.${state}`)} />
}

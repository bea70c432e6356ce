import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import Drawer from '@mui/material/Drawer'
import Typography from '@mui/material/Typography'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Confirm } from '@/components/Confirm'
import { IconAction } from '@/components/IconAction'
import { Failure, Loading } from '@/components/States'
import { CloseIcon } from '@/components/icons'
import { useChangeSession, useSession } from '@/lib/api/sessions'
import { ApiError } from '@/lib/http'
import type { Session, SettingsPatch } from '@/lib/types'
import { rememberRag } from '@/features/chat/outbox'
import { BasicFields } from './BasicFields'
import { ModelLine } from './ModelLine'
import { SamplingFields } from './SamplingFields'
import { type Form, DEFAULTS, invalidKeys, toForm, toPatch } from './form'
import { NUMBER_KEYS } from './limits'

interface DrawerProps {
  sessionId: string
  onClose: () => void
}

const paper = { width: { xs: '100%', sm: 440 }, display: 'flex', flexDirection: 'column', bgcolor: 'background.default' } as const

export default function SettingsDrawer({ sessionId, onClose }: DrawerProps) {
  const { t } = useTranslation()
  const { data, error } = useSession(sessionId)
  return (
    <Drawer open anchor="right" onClose={onClose} slotProps={{ paper: { role: 'dialog', 'aria-modal': true, 'aria-labelledby': 'settings-title', sx: paper } }}>
      <Box sx={{ display: 'flex', alignItems: 'center', pl: 3, pr: 1, minHeight: 56, flex: 'none' }}>
        <Typography id="settings-title" variant="h2" sx={{ flex: 1 }}>
          {t('settings.title')}
        </Typography>
        <IconAction label={t('common.close')} onClick={onClose} sx={{ width: 44, height: 44 }}>
          <CloseIcon />
        </IconAction>
      </Box>
      {data ? <SettingsForm session={data} onClose={onClose} /> : <Box sx={{ p: 3 }}>{error ? <Failure error={error} /> : <Loading />}</Box>}
    </Drawer>
  )
}

/** A refusal that names its field is shown at that field. */
function refusedField(error: Error | null): string | null {
  const field = error instanceof ApiError ? error.params.field : null
  return typeof field === 'string' && NUMBER_KEYS.some((key) => key === field) ? field : null
}

function SettingsForm({ session, onClose }: { session: Session; onClose: () => void }) {
  const { t } = useTranslation()
  const [form, setForm] = useState(() => toForm(session.settings))
  const [asks, setAsks] = useState(false)
  const save = useChangeSession()
  const invalid = invalidKeys(form)
  const change = (part: Partial<Form>) => {
    if (save.isError) save.reset()
    setForm((now) => ({ ...now, ...part }))
  }
  const put = (settings: SettingsPatch, onSuccess: (saved: Session) => void) =>
    save.mutate(
      { id: session.id, change: { settings } },
      {
        onSuccess: (saved) => {
          if ('use_rag' in settings) rememberRag(session.id, saved.settings.use_rag)
          onSuccess(saved)
        },
      },
    )
  const submit = () => {
    const patch = toPatch(form, session.settings)
    if (Object.keys(patch).length === 0) onClose()
    else put(patch, onClose)
  }
  const refused = refusedField(save.error)
  return (
    <>
      <Box sx={{ flex: 1, minHeight: 0, overflowY: 'auto', px: 3, py: 2, borderTop: '1px solid', borderBottom: '1px solid', borderColor: 'divider' }}>
        <ModelLine />
        <BasicFields form={form} onChange={change} />
        <SamplingFields form={form} onChange={change} refused={refused} />
        {save.error && refused === null && <Failure error={save.error} />}
      </Box>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1, px: 3, pt: 1.5, pb: 'max(12px, env(safe-area-inset-bottom))', flex: 'none' }}>
        <Button color="inherit" onClick={() => setAsks(true)} sx={{ mr: 'auto', minHeight: 44 }}>
          {t('settings.defaults')}
        </Button>
        <Button onClick={onClose} sx={{ minHeight: 44 }}>
          {t('common.cancel')}
        </Button>
        <Button variant="contained" disabled={invalid.length > 0} loading={save.isPending} onClick={submit} sx={{ minHeight: 44 }}>
          {t('common.save')}
        </Button>
      </Box>
      {asks && (
        <Confirm
          title={t('settings.defaultsTitle')}
          text={t('settings.defaultsText')}
          act={t('settings.defaults')}
          onAct={() => put(DEFAULTS, ({ settings }) => setForm(toForm(settings)))}
          onClose={() => setAsks(false)}
        />
      )}
    </>
  )
}

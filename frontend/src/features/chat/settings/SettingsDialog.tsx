import Button from '@mui/material/Button'
import Dialog from '@mui/material/Dialog'
import DialogActions from '@mui/material/DialogActions'
import DialogContent from '@mui/material/DialogContent'
import DialogTitle from '@mui/material/DialogTitle'
import useMediaQuery from '@mui/material/useMediaQuery'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Failure, Loading } from '@/components/States'
import { useChangeSession, useSession } from '@/lib/api/sessions'
import { ApiError } from '@/lib/http'
import type { Session, SettingsPatch } from '@/lib/types'
import { rememberRag } from '@/features/chat/outbox'
import { BasicFields } from './BasicFields'
import { SamplingFields } from './SamplingFields'
import { type Form, invalidKeys, toForm, toPatch } from './form'
import { NUMBER_KEYS } from './limits'

interface DialogProps {
  sessionId: string
  onClose: () => void
}

export default function SettingsDialog({ sessionId, onClose }: DialogProps) {
  const { t } = useTranslation()
  const { data, error } = useSession(sessionId)
  const small = useMediaQuery('(max-width:600px)')
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="sm" fullScreen={small} aria-labelledby="settings-title">
      <DialogTitle id="settings-title">{t('settings.title')}</DialogTitle>
      {data ? <SettingsForm session={data} onClose={onClose} /> : <DialogContent>{error ? <Failure error={error} /> : <Loading />}</DialogContent>}
    </Dialog>
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
  const save = useChangeSession()
  const invalid = invalidKeys(form)
  const change = (part: Partial<Form>) => {
    if (save.isError) save.reset()
    setForm((now) => ({ ...now, ...part }))
  }
  const submit = (settings: SettingsPatch) => {
    if (Object.keys(settings).length === 0) {
      onClose()
      return
    }
    if (typeof settings.use_rag === 'boolean') rememberRag(session.id, settings.use_rag)
    save.mutate({ id: session.id, change: { settings } }, { onSuccess: onClose })
  }
  const defaults = () => submit(Object.fromEntries(NUMBER_KEYS.map((key) => [key, null])))
  const refused = refusedField(save.error)
  return (
    <>
      <DialogContent dividers>
        <BasicFields form={form} onChange={change} />
        <SamplingFields form={form} onChange={change} refused={refused} />
        {save.error && refused === null && <Failure error={save.error} />}
      </DialogContent>
      <DialogActions sx={{ px: 3, py: 2, flexWrap: 'wrap' }}>
        <Button color="inherit" onClick={defaults} sx={{ mr: 'auto' }}>
          {t('settings.defaults')}
        </Button>
        <Button onClick={onClose}>{t('common.cancel')}</Button>
        <Button variant="contained" disabled={invalid.length > 0} loading={save.isPending} onClick={() => submit(toPatch(form, session.settings))}>
          {t('common.save')}
        </Button>
      </DialogActions>
    </>
  )
}

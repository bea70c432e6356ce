import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import Typography from '@mui/material/Typography'
import { useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Confirm } from '@/components/Confirm'
import { useErrorToast } from '@/components/toast'
import { type Safety, type Staged, deleteRestore, postRestore, useMakeBackup, useStage } from '@/lib/api/safety'
import { formatMoment } from '@/lib/format'
import { BackupRow } from './BackupRow'
import { Restarting } from './Restarting'

const SHOWN = 5

/** Make, download, restore: for the owner of the box. */
export function BackupActions({ safety }: { safety: Safety }) {
  const { t } = useTranslation()
  const fail = useErrorToast()
  const make = useMakeBackup()
  const stage = useStage()
  const [staged, setStaged] = useState<Staged | null>(null)
  const [restarting, setRestarting] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  const choose = (backup: string | File) => stage.mutate(backup, { onSuccess: setStaged, onError: fail })
  const restore = ({ id }: Staged) => postRestore(id).then(() => setRestarting(true), fail)
  return (
    <>
      {safety.backups.length > 0 && (
        <Box component="ul" aria-label={t('safety.list')} sx={{ listStyle: 'none', m: 0, mt: 2, p: 0 }}>
          {safety.backups.slice(0, SHOWN).map((backup) => (
            <BackupRow key={backup.name} backup={backup} disabled={stage.isPending} onRestore={() => choose(backup.name)} />
          ))}
        </Box>
      )}
      <Box sx={{ display: 'flex', gap: 1.5, flexWrap: 'wrap', mt: 2 }}>
        <Button
          variant="outlined"
          loading={make.isPending || safety.backup_running}
          onClick={() => make.mutate(undefined, { onError: fail })}
        >
          {t('safety.make')}
        </Button>
        <Button loading={stage.isPending} onClick={() => input.current?.click()}>
          {t('safety.fromFile')}
        </Button>
        <input
          ref={input}
          type="file"
          accept=".zip,application/zip"
          hidden
          aria-label={t('safety.fromFile')}
          onChange={(event) => {
            const file = event.target.files?.[0]
            event.target.value = ''
            if (file) choose(file)
          }}
        />
      </Box>
      {stage.isPending && (
        <Typography role="status" color="textSecondary" sx={{ mt: 1 }}>
          {t('safety.checking')}
        </Typography>
      )}
      {staged && <ConfirmRestore staged={staged} onYes={() => void restore(staged)} onClose={() => setStaged(null)} />}
      {restarting && <Restarting known={safety.notices} />}
    </>
  )
}

function ConfirmRestore({ staged, onYes, onClose }: { staged: Staged; onYes: () => void; onClose: () => void }) {
  const { t, i18n } = useTranslation()
  const { users, sessions, messages, documents } = staged
  const agreed = useRef(false)
  return (
    <Confirm
      title={t('safety.confirmTitle')}
      text={t('safety.confirmText', { when: formatMoment(staged.created_at, i18n.language), users, sessions, messages, documents })}
      act={t('safety.confirm')}
      onAct={() => {
        agreed.current = true
        onYes()
      }}
      onClose={() => {
        onClose()
        // Confirm closes before it acts: only afterwards is it known which of the two it was.
        queueMicrotask(() => {
          if (!agreed.current) void deleteRestore().catch(() => undefined)
        })
      }}
    />
  )
}

import Alert from '@mui/material/Alert'
import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import Paper from '@mui/material/Paper'
import TextField from '@mui/material/TextField'
import Typography from '@mui/material/Typography'
import { type ChangeEvent, type ReactNode, type SubmitEvent, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Page } from '@/components/Page'
import { Failure, Shown } from '@/components/States'
import { DownloadIcon, UploadIcon } from '@/components/icons'
import { useErrorToast, useToast } from '@/components/toast'
import { ACCOUNT_EXPORT, type Account, CHATS_EXPORT, type ImportedChats, useAccount, useChangeAccount, useImportChats } from '@/lib/api/account'
import { DeleteAccount } from './DeleteAccount'
import { LookFields } from './LookFields'

const NAME_LIMIT = 64

/** Who somebody is here, how the page looks, and what becomes of the data. */
export default function AccountPage() {
  const { t } = useTranslation()
  const query = useAccount()
  return (
    <Page title={t('account.title')}>
      <Shown query={query}>
        {(account) => (
          <Box sx={{ display: 'grid', gap: 2.5, maxWidth: 640 }}>
            <Section title={t('account.nameTitle')} text={t('account.nameText', { username: account.username })}>
              <NameForm key={account.display_name} account={account} />
            </Section>
            <Section title={t('account.appearance')} text={t('account.followText')}>
              <LookFields />
            </Section>
            <Section title={t('account.dataTitle')} text={t('account.dataText')}>
              <DataButtons />
            </Section>
            <Section title={t('account.deleteTitle')} text={t('account.deleteText')}>
              <DeleteAccount username={account.username} />
            </Section>
          </Box>
        )}
      </Shown>
    </Page>
  )
}

function Section({ title, text, children }: { title: string; text: string; children: ReactNode }) {
  return (
    <Paper component="section" variant="outlined" sx={{ p: { xs: 2, sm: 2.5 }, borderRadius: 1.5 }}>
      <Typography variant="h2">{title}</Typography>
      <Typography variant="body2" color="textSecondary" sx={{ mt: 0.5, mb: 2 }}>
        {text}
      </Typography>
      {children}
    </Paper>
  )
}

function NameForm({ account }: { account: Account }) {
  const { t } = useTranslation()
  const [name, setName] = useState(account.display_name)
  const change = useChangeAccount()
  const toast = useToast()
  const fail = useErrorToast()
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    change.mutate({ display_name: name }, { onSuccess: () => toast({ text: t('account.nameSaved'), severity: 'success' }), onError: fail })
  }
  return (
    <Box component="form" onSubmit={submit} sx={{ display: 'flex', flexWrap: 'wrap', gap: 1.5 }}>
      <TextField size="small" label={t('account.displayName')} value={name} onChange={(event) => setName(event.target.value)} slotProps={{ htmlInput: { maxLength: NAME_LIMIT } }} sx={{ flex: '1 1 220px' }} />
      <Button type="submit" variant="contained" disabled={name.trim() === account.display_name} loading={change.isPending} sx={{ minHeight: 44 }}>
        {t('common.save')}
      </Button>
    </Box>
  )
}

function DataButtons() {
  const { t } = useTranslation()
  const input = useRef<HTMLInputElement>(null)
  const load = useImportChats()
  const onChange = (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0]
    event.target.value = ''
    if (file) load.mutate(file)
  }
  const look = { minHeight: 44 }
  return (
    <Box sx={{ display: 'grid', gap: 1.5 }}>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1.5 }}>
        <Button component="a" href={ACCOUNT_EXPORT} download variant="outlined" startIcon={<DownloadIcon />} sx={look}>
          {t('account.exportAll')}
        </Button>
        <Button component="a" href={CHATS_EXPORT} download variant="outlined" startIcon={<DownloadIcon />} sx={look}>
          {t('account.exportChats')}
        </Button>
        <input ref={input} type="file" accept="application/json,.json,.zip" hidden aria-label={t('account.importChats')} onChange={onChange} />
        <Button variant="outlined" startIcon={<UploadIcon />} loading={load.isPending} onClick={() => input.current?.click()} sx={look}>
          {t('account.importChats')}
        </Button>
      </Box>
      {load.error && <Failure error={load.error} />}
      {load.data && <ImportReport report={load.data} />}
    </Box>
  )
}

function ImportReport({ report }: { report: ImportedChats }) {
  const { t } = useTranslation()
  return (
    <Alert severity={report.imported > 0 ? 'success' : 'info'} variant="outlined" role="status">
      {t('account.imported', { count: report.imported })}
      {report.left_out > 0 && ` ${t('account.leftOut', { count: report.left_out })}`}
      {report.skipped_count > 0 && (
        <>
          {` ${t('account.skipped', { count: report.skipped_count })}`}
          <Box component="ul" sx={{ m: 0, mt: 0.5, pl: 2.5, maxHeight: 180, overflowY: 'auto' }}>
            {report.skipped.map((one, at) => (
              <li key={at}>{`${one.title === '' ? '…' : one.title}: ${t(`account.reason.${one.reason}`)}`}</li>
            ))}
          </Box>
        </>
      )}
    </Alert>
  )
}

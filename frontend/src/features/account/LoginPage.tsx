import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import Paper from '@mui/material/Paper'
import TextField from '@mui/material/TextField'
import Typography from '@mui/material/Typography'
import { type SubmitEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Navigate, useLocation } from 'react-router-dom'
import { Logo } from '@/components/Logo'
import { errorText } from '@/i18n/errors'
import { useLogin, useUser } from '@/lib/api/account'
import { recall, remember } from '@/lib/storage'
import { LanguageSwitch } from './LanguageSwitch'

const KEY = 'username'
const NAME_LIMIT = 64

export default function LoginPage() {
  const { data: user } = useUser()
  const from: unknown = (useLocation().state as { from?: unknown } | null)?.from
  if (user) return <Navigate to={typeof from === 'string' ? from : '/'} replace />
  return (
    <Box component="main" sx={{ minHeight: '100dvh', display: 'flex', flexDirection: 'column', alignItems: 'center', justifyContent: 'center', p: 2, gap: 2 }}>
      <Paper variant="outlined" sx={{ width: '100%', maxWidth: 400, p: { xs: 3, sm: 4.5 }, borderRadius: 2 }}>
        <LoginForm />
      </Paper>
      <LanguageSwitch />
    </Box>
  )
}

function LoginForm() {
  const { t } = useTranslation()
  const [username, setUsername] = useState(() => recall(KEY) ?? '')
  const login = useLogin()
  const name = username.trim()
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (name === '') return
    remember(KEY, name)
    login.mutate(name)
  }
  return (
    <Box component="form" onSubmit={submit} sx={{ display: 'grid', gap: 2.5, justifyItems: 'stretch' }}>
      <Box sx={{ display: 'grid', justifyItems: 'center', gap: 1.25, textAlign: 'center', mb: 0.5 }}>
        <Logo size={56} />
        <Typography variant="h1">Ondol</Typography>
        <Typography color="textSecondary">{t('account.lead')}</Typography>
      </Box>
      <TextField
        autoFocus
        label={t('account.username')}
        autoComplete="username"
        value={username}
        onChange={(event) => setUsername(event.target.value)}
        error={login.isError}
        helperText={login.isError ? errorText(login.error) : t('account.help')}
        slotProps={{ htmlInput: { maxLength: NAME_LIMIT, autoCapitalize: 'none', spellCheck: false } }}
      />
      <Button type="submit" variant="contained" size="large" disabled={name === ''} loading={login.isPending}>
        {t('account.login')}
      </Button>
    </Box>
  )
}

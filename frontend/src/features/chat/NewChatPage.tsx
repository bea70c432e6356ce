import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import Typography from '@mui/material/Typography'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useNavigate } from 'react-router-dom'
import { Logo } from '@/components/Logo'
import { TopBar } from '@/components/TopBar'
import { useErrorToast } from '@/components/toast'
import { useShownName } from '@/lib/api/account'
import { useCreateSession } from '@/lib/api/sessions'
import { newId } from '@/lib/ids'
import { Composer } from './Composer'
import { column } from './column'
import { recallRag, rememberDraft, rememberOutbox, rememberRag } from './outbox'

const PLACE = 'new'

/** A chat comes into being with its first message: until then nothing is stored. */
export default function NewChatPage() {
  const { t } = useTranslation()
  const name = useShownName()
  const navigate = useNavigate()
  const create = useCreateSession()
  const fail = useErrorToast()
  const [useRag, setUseRag] = useState(() => recallRag(PLACE) ?? false)
  const [round, setRound] = useState(0)
  const [template, setTemplate] = useState<{ id: string | null; variables: Record<string, string> }>({ id: null, variables: {} })

  const chooseRag = (on: boolean) => {
    setUseRag(on)
    rememberRag(PLACE, on)
  }
  const begin = (content: string) =>
    create.mutate(
      { settings: { use_rag: useRag, ...(template.id === null ? {} : { template_id: template.id, template_variables: template.variables }) } },
      {
        onSuccess: (session) => {
          rememberOutbox(session.id, [{ clientId: newId(), content, useRag, state: 'waiting', error: null }])
          navigate(`/chat/${session.id}`)
        },
        onError: (error) => {
          rememberDraft(PLACE, content)
          setRound((count) => count + 1)
          fail(error)
        },
      },
    )
  const suggest = (text: string) => {
    rememberDraft(PLACE, text)
    setRound((count) => count + 1)
  }
  return (
    <Box sx={{ height: '100%', display: 'flex', flexDirection: 'column' }}>
      <TopBar />
      <Box sx={{ ...column, flex: 1, minHeight: 0, display: 'flex', flexDirection: 'column', justifyContent: { sm: 'center' }, pb: { xs: 1.75, sm: 10 } }}>
        <Box sx={{ flex: { xs: 1, sm: 'none' }, display: 'grid', alignContent: 'center', justifyItems: 'center', gap: 1.5, textAlign: 'center', mb: 3 }}>
          <Logo size={52} />
          <Typography variant="h1">{t('chat.welcome', { name })}</Typography>
          <Typography color="textSecondary">{t('chat.welcomeText')}</Typography>
          <Suggestions onChoose={suggest} />
        </Box>
        <Composer
          key={round}
          place={PLACE}
          canSend={!create.isPending}
          running={false}
          useRag={useRag}
          onUseRag={chooseRag}
          onSend={begin}
          onStop={() => undefined}
          template={{ id: template.id, onChange: (id, variables) => setTemplate({ id, variables }) }}
        />
      </Box>
    </Box>
  )
}

function Suggestions({ onChoose }: { onChoose: (text: string) => void }) {
  const { t } = useTranslation()
  const ideas = [t('chat.idea1'), t('chat.idea2'), t('chat.idea3')]
  return (
    <Box sx={{ display: 'flex', flexWrap: 'wrap', justifyContent: 'center', gap: 1, mt: 1 }}>
      {ideas.map((idea) => (
        <Button key={idea} variant="outlined" color="inherit" size="small" sx={{ borderColor: 'divider', fontWeight: 450, borderRadius: 2 }} onClick={() => onChoose(idea)}>
          {idea}
        </Button>
      ))}
    </Box>
  )
}

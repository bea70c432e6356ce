import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import InputAdornment from '@mui/material/InputAdornment'
import List from '@mui/material/List'
import OutlinedInput from '@mui/material/OutlinedInput'
import Typography from '@mui/material/Typography'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Shown } from '@/components/States'
import { SearchIcon } from '@/components/icons'
import { useSessions } from '@/lib/api/sessions'
import { SessionRow } from './SessionRow'

const SEARCH_FROM = 6

function contains(title: string, wanted: string): boolean {
  const plain = (text: string) => text.normalize('NFC').toLocaleLowerCase()
  return plain(title).includes(plain(wanted.trim()))
}

/** The chats in the drawer, newest first. */
export function SessionList({ onOpen }: { onOpen: () => void }) {
  const { t } = useTranslation()
  const query = useSessions()
  const [wanted, setWanted] = useState('')
  return (
    <Box sx={{ display: 'flex', flexDirection: 'column', minHeight: 0, flex: 1 }}>
      {(query.data?.pages.flat().length ?? 0) >= SEARCH_FROM && <SearchBox value={wanted} onChange={setWanted} />}
      <Box sx={{ overflowY: 'auto', flex: 1, px: 1 }}>
        <Shown query={query}>
          {(data) => {
            const sessions = data.pages.flat().filter((one) => contains(one.title, wanted))
            return sessions.length === 0 ? (
              <Typography variant="body2" color="textSecondary" sx={{ p: 2 }}>
                {t(wanted === '' ? 'sessions.empty' : 'sessions.noMatch')}
              </Typography>
            ) : (
              <List dense disablePadding aria-label={t('sessions.list')}>
                {sessions.map((session) => (
                  <SessionRow key={session.id} session={session} onOpen={onOpen} />
                ))}
              </List>
            )
          }}
        </Shown>
        {query.hasNextPage && (
          <Button fullWidth size="small" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t('common.more')}
          </Button>
        )}
      </Box>
    </Box>
  )
}

function SearchBox({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const { t } = useTranslation()
  return (
    <OutlinedInput
      type="search"
      size="small"
      value={value}
      onChange={(event) => onChange(event.target.value)}
      placeholder={t('sessions.search')}
      inputProps={{ 'aria-label': t('sessions.search') }}
      startAdornment={
        <InputAdornment position="start">
          <SearchIcon fontSize="small" />
        </InputAdornment>
      }
      sx={{ mx: 2, mb: 1 }}
    />
  )
}

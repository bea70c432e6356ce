import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import InputAdornment from '@mui/material/InputAdornment'
import OutlinedInput from '@mui/material/OutlinedInput'
import ToggleButton from '@mui/material/ToggleButton'
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup'
import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Page } from '@/components/Page'
import { Empty, Shown } from '@/components/States'
import { BookIcon, SearchIcon } from '@/components/icons'
import { useDocuments } from '@/lib/api/documents'
import { DocumentRow } from './DocumentRow'
import { FolderFilter } from './FolderFilter'
import { SearchResults } from './SearchResults'
import { UploadArea } from './UploadArea'
import { UploadList } from './UploadList'
import { useLibrarySocket } from './useLibrarySocket'
import { useUploads } from './useUploads'

const TYPING_MS = 250

export default function LibraryPage() {
  const { t } = useTranslation()
  const { uploads, add, retry, dismiss } = useUploads()
  const [typed, setTyped] = useState('')
  const [question, setQuestion] = useState('')
  useEffect(() => {
    const timer = setTimeout(() => setQuestion(typed.trim()), TYPING_MS)
    return () => clearTimeout(timer)
  }, [typed])
  return (
    <Page title={t('library.title')} lead={t('library.lead')}>
      <UploadArea onFiles={add} />
      <UploadList uploads={uploads} onRetry={retry} onDismiss={dismiss} />
      <OutlinedInput
        type="search"
        fullWidth
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        placeholder={t('library.search')}
        inputProps={{ 'aria-label': t('library.search') }}
        startAdornment={
          <InputAdornment position="start">
            <SearchIcon />
          </InputAdornment>
        }
        sx={{ mt: 3, bgcolor: 'background.paper' }}
      />
      {question === '' ? <Documents /> : <SearchResults question={question} />}
    </Page>
  )
}

type Whose = 'all' | 'own' | 'shared'

function Documents() {
  const { t } = useTranslation()
  const [folder, setFolder] = useState<string | undefined>(undefined)
  const query = useDocuments(useLibrarySocket(), folder)
  const [whose, setWhose] = useState<Whose>('all')
  return (
    <Box sx={{ mt: 2 }}>
      <Shown query={query}>
        {(data) => {
          const all = data.pages.flat()
          if (all.length === 0 && folder === undefined) return <Empty icon={<BookIcon />} title={t('library.empty')} text={t('library.emptyText')} />
          const shown = all.filter((one) => whose === 'all' || (one.owner === null) === (whose === 'shared'))
          return (
            <>
              <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1.5, alignItems: 'center', mb: 1 }}>
                <WhoseFilter value={whose} onChange={setWhose} />
                <FolderFilter value={folder} onChange={setFolder} />
              </Box>
              <Box component="ul" aria-label={t('library.title')} sx={{ listStyle: 'none', p: 0, m: 0 }}>
                {shown.map((document) => (
                  <DocumentRow key={document.id} document={document} />
                ))}
              </Box>
            </>
          )
        }}
      </Shown>
      {query.hasNextPage && (
        <Button fullWidth loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()} sx={{ mt: 1 }}>
          {t('common.more')}
        </Button>
      )}
    </Box>
  )
}

function WhoseFilter({ value, onChange }: { value: Whose; onChange: (value: Whose) => void }) {
  const { t } = useTranslation()
  return (
    <ToggleButtonGroup
      exclusive
      size="small"
      value={value}
      aria-label={t('library.filter')}
      onChange={(_event, next: Whose | null) => {
        if (next) onChange(next)
      }}
      sx={{ '& .MuiToggleButton-root': { textTransform: 'none', color: 'text.secondary', px: 1.75, minHeight: 40 } }}
    >
      <ToggleButton value="all">{t('library.all')}</ToggleButton>
      <ToggleButton value="own">{t('library.own')}</ToggleButton>
      <ToggleButton value="shared">{t('library.shared')}</ToggleButton>
    </ToggleButtonGroup>
  )
}

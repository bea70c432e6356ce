import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import Paper from '@mui/material/Paper'
import Typography from '@mui/material/Typography'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useParams, useSearchParams } from 'react-router-dom'
import { Page } from '@/components/Page'
import { Shown } from '@/components/States'
import { BackIcon, DownloadIcon, EditIcon } from '@/components/icons'
import { downloadUrl, useDocument, usePassage } from '@/lib/api/documents'
import type { Passage } from '@/lib/types'
import { RenameDocument } from './RenameDocument'

/** A document; with `?chunk=` the passage an answer was read from, in its surroundings. */
export default function DocumentPage() {
  const { t } = useTranslation()
  const { id = '' } = useParams()
  const [search] = useSearchParams()
  const chunk = search.get('chunk')
  const passage = usePassage(
    id,
    chunk === null ? null : { chunk, start: search.get('start') ?? undefined, end: search.get('end') ?? undefined },
  )
  const whole = useDocument(id, chunk === null)
  const title = passage.data?.title ?? whole.data?.title ?? ''
  return (
    <Page title={title} actions={<Actions id={id} title={title} />}>
      <Button component={Link} to="/library" size="small" startIcon={<BackIcon />} sx={{ mb: 2, ml: -1 }}>
        {t('library.back')}
      </Button>
      {chunk === null ? (
        <Shown query={whole}>{({ content }) => <Sheet>{content === '' ? t('library.noText') : content}</Sheet>}</Shown>
      ) : (
        <Shown query={passage}>{(data) => <PassageView key={chunk} id={id} passage={data} />}</Shown>
      )}
    </Page>
  )
}

function Actions({ id, title }: { id: string; title: string }) {
  const { t } = useTranslation()
  const [renaming, setRenaming] = useState(false)
  return (
    <>
      <Button variant="outlined" startIcon={<EditIcon />} disabled={title === ''} onClick={() => setRenaming(true)}>
        {t('library.rename')}
      </Button>
      <Button variant="outlined" startIcon={<DownloadIcon />} href={downloadUrl(id)}>
        {t('library.downloadFile')}
      </Button>
      {renaming && <RenameDocument id={id} title={title} onClose={() => setRenaming(false)} />}
    </>
  )
}

function Sheet({ children }: { children: ReactNode }) {
  return (
    <Paper variant="outlined" sx={{ p: { xs: 2, sm: 4 }, borderRadius: 1.5, whiteSpace: 'pre-wrap', lineHeight: 1.75 }}>
      {children}
    </Paper>
  )
}

function PassageView({ id, passage }: { id: string; passage: Passage }) {
  const { t } = useTranslation()
  const mark = useRef<HTMLElement>(null)
  useEffect(() => {
    mark.current?.scrollIntoView({ block: 'center' })
  }, [])
  return (
    <>
      <Box sx={{ display: 'flex', alignItems: 'center', gap: 2, mb: 1, flexWrap: 'wrap' }}>
        <Typography color="textSecondary" sx={{ flex: 1 }}>
          {passage.page ? t('library.passageOnPage', { page: passage.page }) : t('library.passage')}
        </Typography>
        <Button component={Link} to={`/library/${id}`} size="small">
          {t('library.whole')}
        </Button>
      </Box>
      <Sheet>
        <Box component="span" sx={{ color: 'text.secondary' }}>
          {passage.before}
        </Box>
        <Box
          component="mark"
          ref={mark}
          sx={{ bgcolor: 'color-mix(in srgb, var(--mui-palette-warning-main) 24%, transparent)', color: 'inherit', borderRadius: 1, boxDecorationBreak: 'clone' }}
        >
          {passage.text}
        </Box>
        <Box component="span" sx={{ color: 'text.secondary' }}>
          {passage.after}
        </Box>
      </Sheet>
    </>
  )
}

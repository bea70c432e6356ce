import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import { type ChangeEvent, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router-dom'
import { Page } from '@/components/Page'
import { Empty, Shown } from '@/components/States'
import { DownloadIcon, PlusIcon, TemplateIcon, UploadIcon } from '@/components/icons'
import { useErrorToast, useToast } from '@/components/toast'
import { exportUrl, useImportTemplates, useTemplates } from '@/lib/api/templates'
import { TemplateCard } from './TemplateCard'

export default function TemplatesPage() {
  const { t } = useTranslation()
  const query = useTemplates()
  return (
    <Page title={t('templates.title')} lead={t('templates.lead')} actions={<Actions ids={query.data?.map((one) => one.id) ?? []} />}>
      <Shown query={query}>
        {(templates) =>
          templates.length === 0 ? (
            <Empty icon={<TemplateIcon />} title={t('templates.empty')} text={t('templates.emptyText')} />
          ) : (
            <Box component="ul" aria-label={t('templates.title')} sx={{ listStyle: 'none', p: 0, m: 0, display: 'grid', gap: 1.5 }}>
              {templates.map((template) => (
                <TemplateCard key={template.id} template={template} />
              ))}
            </Box>
          )
        }
      </Shown>
    </Page>
  )
}

function Actions({ ids }: { ids: string[] }) {
  const { t } = useTranslation()
  return (
    <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1 }}>
      <ImportButton />
      {ids.length > 0 && (
        <Button variant="outlined" startIcon={<DownloadIcon />} href={exportUrl(ids)}>
          {t('templates.export')}
        </Button>
      )}
      <Button component={Link} to="/templates/new" variant="contained" startIcon={<PlusIcon />}>
        {t('templates.new')}
      </Button>
    </Box>
  )
}

function ImportButton() {
  const { t } = useTranslation()
  const input = useRef<HTMLInputElement>(null)
  const toast = useToast()
  const fail = useErrorToast()
  const load = useImportTemplates()
  const read = async (file: File) => {
    let content: unknown
    try {
      content = JSON.parse(await file.text())
    } catch {
      toast({ text: t('templates.notJson'), severity: 'error' })
      return
    }
    const { imported, skipped } = await load.mutateAsync(content)
    const told = t('templates.imported', { count: imported.length })
    const left = skipped.map(({ name, reason }) => `${name}: ${reason}`).join('; ')
    toast({ text: left === '' ? told : `${told} ${t('templates.skipped', { list: left })}`, severity: left === '' ? 'success' : 'info' })
  }
  const onChange = (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0]
    event.target.value = ''
    if (file) read(file).catch((error: unknown) => fail(error as Error))
  }
  return (
    <>
      <input ref={input} type="file" accept="application/json,.json" hidden aria-label={t('templates.import')} onChange={onChange} />
      <Button variant="outlined" startIcon={<UploadIcon />} loading={load.isPending} onClick={() => input.current?.click()}>
        {t('templates.import')}
      </Button>
    </>
  )
}

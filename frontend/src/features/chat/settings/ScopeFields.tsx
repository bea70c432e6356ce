import Autocomplete from '@mui/material/Autocomplete'
import Box from '@mui/material/Box'
import FormControl from '@mui/material/FormControl'
import FormControlLabel from '@mui/material/FormControlLabel'
import FormLabel from '@mui/material/FormLabel'
import Radio from '@mui/material/Radio'
import RadioGroup from '@mui/material/RadioGroup'
import TextField from '@mui/material/TextField'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useDocuments } from '@/lib/api/documents'
import { type Form, folders } from './form'

interface ScopeProps {
  form: Form
  onChange: (part: Partial<Form>) => void
}

const SCOPES = ['none', 'all', 'chosen'] as const
type Scope = (typeof SCOPES)[number]

const isScope = (value: string): value is Scope => SCOPES.some((one) => one === value)

/** What an answer may be read from: nothing, everything, or these folders and documents. */
export function ScopeFields({ form, onChange }: ScopeProps) {
  const { t } = useTranslation()
  const some = form.document_ids.length + form.collections.length > 0
  const [narrows, setNarrows] = useState(some)
  const scope: Scope = !form.use_rag ? 'none' : some || narrows ? 'chosen' : 'all'
  const choose = (next: Scope) => {
    setNarrows(next === 'chosen')
    onChange({ use_rag: next !== 'none', ...(next === 'all' && { document_ids: [], collections: [] }) })
  }
  return (
    <FormControl>
      <FormLabel id="scope-label">{t('settings.scope')}</FormLabel>
      <RadioGroup aria-labelledby="scope-label" value={scope} onChange={(_event, value) => isScope(value) && choose(value)}>
        {SCOPES.map((one) => (
          <FormControlLabel key={one} value={one} control={<Radio />} label={t(`settings.scope_${one}`)} sx={{ minHeight: 44 }} />
        ))}
      </RadioGroup>
      {scope === 'chosen' && <Chosen form={form} onChange={onChange} />}
    </FormControl>
  )
}

function Chosen({ form, onChange }: ScopeProps) {
  const { t } = useTranslation()
  const { data } = useDocuments()
  const documents = data?.pages.flat() ?? []
  const titles = new Map(documents.map((one) => [one.id, one.path === '' ? one.title : one.path]))
  return (
    <Box sx={{ display: 'grid', gap: 2, mt: 1 }}>
      <Autocomplete
        multiple
        options={folders(documents.map((one) => one.collection))}
        value={form.collections}
        onChange={(_event, collections) => onChange({ collections })}
        noOptionsText={t('settings.noCollections')}
        renderInput={(params) => <TextField {...params} label={t('settings.collections')} helperText={t('settings.collectionsHelp')} />}
      />
      <Autocomplete
        multiple
        options={[...titles.keys()]}
        getOptionLabel={(id) => titles.get(id) ?? id}
        value={form.document_ids}
        onChange={(_event, document_ids) => onChange({ document_ids })}
        noOptionsText={t('settings.noDocuments')}
        renderInput={(params) => <TextField {...params} label={t('settings.documents')} helperText={t('settings.documentsHelp')} />}
      />
    </Box>
  )
}

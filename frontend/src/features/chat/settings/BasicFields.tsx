import Autocomplete from '@mui/material/Autocomplete'
import Box from '@mui/material/Box'
import FormControlLabel from '@mui/material/FormControlLabel'
import MenuItem from '@mui/material/MenuItem'
import Switch from '@mui/material/Switch'
import TextField from '@mui/material/TextField'
import { useTranslation } from 'react-i18next'
import { useDocuments } from '@/lib/api/documents'
import { useTemplates } from '@/lib/api/templates'
import { type Form, folders } from './form'

interface FieldsProps {
  form: Form
  onChange: (part: Partial<Form>) => void
}

export function BasicFields({ form, onChange }: FieldsProps) {
  const { t } = useTranslation()
  return (
    <Box sx={{ display: 'grid', gap: 2.5 }}>
      <TextField
        label={t('settings.systemPrompt')}
        helperText={t('settings.systemPromptHelp')}
        multiline
        minRows={3}
        maxRows={10}
        value={form.system_prompt}
        onChange={(event) => onChange({ system_prompt: event.target.value })}
      />
      <TemplateFields form={form} onChange={onChange} />
      <Box>
        <FormControlLabel
          control={<Switch checked={form.use_rag} onChange={(_event, use_rag) => onChange({ use_rag })} />}
          label={t('settings.useRag')}
        />
        <DocumentField form={form} onChange={onChange} />
        <CollectionField form={form} onChange={onChange} />
      </Box>
    </Box>
  )
}

function TemplateFields({ form, onChange }: FieldsProps) {
  const { t } = useTranslation()
  const { data: templates = [] } = useTemplates()
  const chosen = templates.find((one) => one.id === form.template_id)
  return (
    <>
      <TextField
        select
        label={t('settings.template')}
        helperText={chosen?.description === '' || !chosen ? t('settings.templateHelp') : chosen.description}
        value={chosen ? chosen.id : ''}
        onChange={(event) => onChange({ template_id: event.target.value === '' ? null : event.target.value })}
      >
        <MenuItem value="">{t('settings.noTemplate')}</MenuItem>
        {templates.map((template) => (
          <MenuItem key={template.id} value={template.id}>
            {template.name}
          </MenuItem>
        ))}
      </TextField>
      {chosen?.variables.map(({ name, default: fallback }) => (
        <TextField
          key={name}
          size="small"
          label={name}
          placeholder={fallback}
          slotProps={{ inputLabel: { shrink: true } }}
          value={form.template_variables[name] ?? ''}
          onChange={(event) => onChange({ template_variables: { ...form.template_variables, [name]: event.target.value } })}
        />
      ))}
    </>
  )
}

function DocumentField({ form, onChange }: FieldsProps) {
  const { t } = useTranslation()
  const { data } = useDocuments()
  const titles = new Map((data?.pages.flat() ?? []).map((one) => [one.id, one.path === '' ? one.title : one.path]))
  return (
    <Autocomplete
      multiple
      disabled={!form.use_rag}
      options={[...titles.keys()]}
      getOptionLabel={(id) => titles.get(id) ?? id}
      value={form.document_ids}
      onChange={(_event, document_ids) => onChange({ document_ids })}
      noOptionsText={t('settings.noDocuments')}
      renderInput={(params) => (
        <TextField {...params} label={t('settings.documents')} helperText={t('settings.documentsHelp')} sx={{ mt: 1.5 }} />
      )}
    />
  )
}

function CollectionField({ form, onChange }: FieldsProps) {
  const { t } = useTranslation()
  const { data } = useDocuments()
  return (
    <Autocomplete
      multiple
      disabled={!form.use_rag}
      options={folders((data?.pages.flat() ?? []).map((one) => one.collection))}
      value={form.collections}
      onChange={(_event, collections) => onChange({ collections })}
      noOptionsText={t('settings.noCollections')}
      renderInput={(params) => (
        <TextField {...params} label={t('settings.collections')} helperText={t('settings.collectionsHelp')} sx={{ mt: 1.5 }} />
      )}
    />
  )
}

import Box from '@mui/material/Box'
import MenuItem from '@mui/material/MenuItem'
import TextField from '@mui/material/TextField'
import { useTranslation } from 'react-i18next'
import { useTemplates } from '@/lib/api/templates'
import { ScopeFields } from './ScopeFields'
import type { Form } from './form'

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
      <ScopeFields form={form} onChange={onChange} />
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

import Chip from '@mui/material/Chip'
import { Suspense, lazy, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { CloseIcon, TemplateIcon } from '@/components/icons'
import { useTemplates } from '@/lib/api/templates'
import type { Template } from '@/lib/types'

const TemplateVariables = lazy(() => import('./TemplateVariables'))

/** The template of a chat, which may not have begun yet; null is none. */
export interface TemplateChoice {
  id: string | null
  onChange: (id: string | null, variables: Record<string, string>) => void
}

/** Chooses a template, asking for its variables first; `onChosen` when it is done. */
export function useTemplateChoice(choice: TemplateChoice | undefined, onChosen: () => void) {
  const [asked, setAsked] = useState<Template | null>(null)
  if (!choice) return { start: undefined, dialog: null }
  const take = (template: Template, values: Record<string, string>) => {
    setAsked(null)
    choice.onChange(template.id, values)
    onChosen()
  }
  const start = (template: Template) => (template.variables.length === 0 ? take(template, {}) : setAsked(template))
  const dialog = asked && (
    <Suspense fallback={null}>
      <TemplateVariables template={asked} onClose={() => setAsked(null)} onDone={(values) => take(asked, values)} />
    </Suspense>
  )
  return { start, dialog }
}

export function TemplateChip({ choice }: { choice: TemplateChoice }) {
  const { t } = useTranslation()
  const { data } = useTemplates({ enabled: choice.id !== null })
  const template = data?.find((one) => one.id === choice.id)
  if (!template) return null
  return (
    <Chip
      component="button"
      type="button"
      clickable
      variant="outlined"
      aria-label={t('slash.clear', { name: template.name })}
      title={t('slash.clear', { name: template.name })}
      icon={<TemplateIcon fontSize="small" />}
      label={
        <>
          {template.name} <CloseIcon sx={{ fontSize: 14, verticalAlign: '-2px', ml: 0.5 }} />
        </>
      }
      onClick={() => choice.onChange(null, {})}
      sx={{ height: 34, borderRadius: 17, maxWidth: '50%', '@media (pointer: coarse)': { height: 44, borderRadius: 22 } }}
    />
  )
}

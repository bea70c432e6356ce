import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { query, request } from '@/lib/http'
import type { ImportResult, Template, TemplateDraft } from '@/lib/types'

const listKey = ['templates'] as const
const ROOT = '/api/prompts/templates/'

export const getTemplates = () => request<Template[]>('GET', ROOT)
export const postTemplate = (draft: TemplateDraft) => request<Template>('POST', ROOT, draft)
export const putTemplate = (id: string, draft: TemplateDraft) => request<Template>('PUT', `${ROOT}${id}/`, draft)
export const deleteTemplate = (id: string) => request<undefined>('DELETE', `${ROOT}${id}/`)
export const postImport = (file: unknown) => request<ImportResult>('POST', `${ROOT}import/`, file)
export const exportUrl = (ids: string[]) => `${ROOT}export/${query({ ids: ids.join(',') })}`

export function useTemplates({ enabled = true } = {}) {
  return useQuery({ queryKey: listKey, queryFn: getTemplates, enabled })
}

function useTemplateAct<T, R>(act: (input: T) => Promise<R>) {
  const client = useQueryClient()
  return useMutation({ mutationFn: act, onSuccess: () => client.invalidateQueries({ queryKey: listKey }) })
}

export const useSaveTemplate = () =>
  useTemplateAct(({ id, draft }: { id: string | null; draft: TemplateDraft }) =>
    id === null ? postTemplate(draft) : putTemplate(id, draft),
  )
export const useDeleteTemplate = () => useTemplateAct(deleteTemplate)
export const useImportTemplates = () => useTemplateAct(postImport)

/** What a template said before, newest first. */
export interface TemplateVersion extends TemplateDraft {
  id: string
  saved_at: string
}

export const getTemplateVersions = (id: string) => request<TemplateVersion[]>('GET', `${ROOT}${id}/versions/`)

export function useTemplateVersions(id: string) {
  return useQuery({ queryKey: [...listKey, id, 'versions'], queryFn: () => getTemplateVersions(id) })
}

import {
  type InfiniteData,
  type QueryClient,
  keepPreviousData,
  skipToken,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query'
import { query, request } from '@/lib/http'
import type { DocumentDetail, DocumentState, LibraryDocument, Passage, SearchResult } from '@/lib/types'

const PAGE = 100
const BUSY_POLL_MS = 2_000
const IDLE_POLL_MS = 15_000
const TOLD_POLL_MS = 60_000
/** Of every list of documents: the whole, and those of a folder. */
const listKey = ['documents'] as const
const collectionsKey = ['collections'] as const
const UNSETTLED: readonly DocumentState[] = ['queued', 'parsing', 'embedding']

export const isUnsettled = (document: LibraryDocument) => UNSETTLED.includes(document.state)
const at = (id: string) => `/api/rag/documents/${id}/`

/** A folder and how many documents lie in it, without those of its folders. */
export interface Collection {
  path: string
  documents: number
}

export const getDocuments = (before?: string, collection?: string) =>
  request<LibraryDocument[]>('GET', `/api/rag/documents/${query({ limit: PAGE, before, collection })}`)
export const getCollections = () => request<Collection[]>('GET', '/api/rag/documents/collections/')
export const getDocument = (id: string) => request<DocumentDetail>('GET', at(id))
/** `start` and `end` find the passage when the document was read anew and has no such chunk any more. */
export interface PassagePlace {
  chunk: string
  start: string | undefined
  end: string | undefined
}

export const getPassage = (id: string, place: PassagePlace) =>
  request<Passage>('GET', `${at(id)}content/${query({ ...place })}`)
export const deleteDocument = (id: string) => request<undefined>('DELETE', at(id))
export const restoreDocument = (id: string) => request<LibraryDocument>('POST', `${at(id)}restore/`)
export const retryDocument = (id: string) => request<unknown>('POST', `${at(id)}retry/`)
export const putDocumentTitle = (id: string, title: string) => request<LibraryDocument>('PUT', at(id), { title })
export const getSearch = (q: string, signal: AbortSignal) =>
  request<{ results: SearchResult[] }>('GET', `/api/rag/search/${query({ q, k: 10 })}`, undefined, signal)
export const downloadUrl = (id: string) => `${at(id)}download/`

/** Asks again every 2 s while a file is on its way, else now and then: files also arrive through the drop folder. Where a
 * socket tells of every change (`told`), it asks only now and then. */
export function useDocuments(told = false, collection?: string) {
  return useInfiniteQuery({
    queryKey: collection === undefined ? listKey : [...listKey, collection],
    queryFn: ({ pageParam }) => getDocuments(pageParam, collection),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => (page.length < PAGE ? undefined : page.at(-1)?.id),
    refetchInterval: ({ state }) =>
      told ? TOLD_POLL_MS : state.data?.pages.flat().some(isUnsettled) ? BUSY_POLL_MS : IDLE_POLL_MS,
  })
}

/** Read again with the documents. */
export function useCollections() {
  return useQuery({ queryKey: collectionsKey, queryFn: getCollections })
}

/** Puts a document into the list as it is now; one that is new makes the list be read again. */
export function showDocument(client: QueryClient, document: LibraryDocument): void {
  const listed = client.getQueryData<InfiniteData<LibraryDocument[]>>(listKey)?.pages.flat()
  if (listed && !listed.some((one) => one.id === document.id) && Number(document.id) > Number(listed[0]?.id ?? 0))
    void refreshDocuments(client)
  client.setQueriesData<InfiniteData<LibraryDocument[], string | undefined>>({ queryKey: listKey }, (data) =>
    data && {
      ...data,
      pages: data.pages.map((page) => page.map((one) => (one.id === document.id ? document : one))),
    },
  )
}

export function dropDocument(client: QueryClient, id: string): void {
  client.setQueriesData<InfiniteData<LibraryDocument[], string | undefined>>({ queryKey: listKey }, (data) =>
    data && { ...data, pages: data.pages.map((page) => page.filter((one) => one.id !== id)) },
  )
}

export function refreshDocuments(client: QueryClient): Promise<unknown> {
  void client.invalidateQueries({ queryKey: collectionsKey })
  return client.invalidateQueries({ queryKey: listKey })
}

export function useDocument(id: string, enabled: boolean) {
  return useQuery({ queryKey: ['document', id], queryFn: () => getDocument(id), enabled })
}

export function usePassage(id: string, place: PassagePlace | null) {
  return useQuery({
    queryKey: ['passage', id, place],
    queryFn: place === null ? skipToken : () => getPassage(id, place),
  })
}

export function useSearch(q: string) {
  return useQuery({
    queryKey: ['search', q],
    queryFn: ({ signal }) => getSearch(q, signal),
    enabled: q !== '',
    placeholderData: keepPreviousData,
  })
}

/** One mutation for each act on a document; the list is read again afterwards. */
function useDocumentAct<T, R>(act: (input: T) => Promise<R>) {
  const client = useQueryClient()
  return useMutation({ mutationFn: act, onSettled: () => refreshDocuments(client) })
}

export const useDeleteDocument = () => useDocumentAct(deleteDocument)
export const useRestoreDocument = () => useDocumentAct(restoreDocument)
export const useRetryDocument = () => useDocumentAct(retryDocument)

/** Pages that show the document or a passage of it are read again too. */
export function useRenameDocument() {
  const client = useQueryClient()
  return useMutation({
    mutationFn: ({ id, title }: { id: string; title: string }) => putDocumentTitle(id, title),
    onSuccess: (_document, { id }) => {
      void client.invalidateQueries({ queryKey: ['document', id] })
      void client.invalidateQueries({ queryKey: ['passage', id] })
      return refreshDocuments(client)
    },
  })
}

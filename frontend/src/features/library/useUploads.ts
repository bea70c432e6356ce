import { useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useReducer, useRef } from 'react'
import { refreshDocuments } from '@/lib/api/documents'
import type { ApiError } from '@/lib/http'
import { uploadFile } from '@/lib/upload'
import { type PlacedFile, folderOf } from './files'

const AT_ONCE = 2

export interface Upload extends PlacedFile {
  key: number
  shared: boolean
  fraction: number
  state: 'waiting' | 'sending' | 'failed'
  error: ApiError | null
}

type Action =
  | { type: 'add'; uploads: Upload[] }
  | { type: 'change'; key: number; part: Partial<Upload> }
  | { type: 'remove'; key: number }

function reduce(uploads: Upload[], action: Action): Upload[] {
  switch (action.type) {
    case 'add':
      return [...uploads, ...action.uploads]
    case 'change':
      return uploads.map((one) => (one.key === action.key ? { ...one, ...action.part } : one))
    case 'remove':
      return uploads.filter((one) => one.key !== action.key)
  }
}

/** Sends two files at a time; what fails stays listed with its reason, to try again or put away. */
export function useUploads() {
  const client = useQueryClient()
  const [uploads, dispatch] = useReducer(reduce, [])
  const nextKey = useRef(1)
  const started = useRef(new Set<number>())

  useEffect(() => {
    const sending = uploads.filter((one) => one.state === 'sending').length
    const next = uploads.filter((one) => one.state === 'waiting' && !started.current.has(one.key)).slice(0, Math.max(0, AT_ONCE - sending))
    for (const { key, file, path, shared } of next) {
      started.current.add(key)
      dispatch({ type: 'change', key, part: { state: 'sending' } })
      const onProgress = (fraction: number) => dispatch({ type: 'change', key, part: { fraction } })
      uploadFile({ file, folder: folderOf(path), shared, onProgress }).then(
        () => {
          dispatch({ type: 'remove', key })
          void refreshDocuments(client)
        },
        (error: unknown) => dispatch({ type: 'change', key, part: { state: 'failed', error: error as ApiError } }),
      )
    }
  }, [uploads, client])

  const add = useCallback((files: PlacedFile[], shared: boolean) => {
    const fresh = files.map(({ file, path }): Upload => {
      nextKey.current += 1
      return { key: nextKey.current, file, path, shared, fraction: 0, state: 'waiting', error: null }
    })
    dispatch({ type: 'add', uploads: fresh })
  }, [])
  const retry = useCallback((key: number) => {
    started.current.delete(key)
    dispatch({ type: 'change', key, part: { state: 'waiting', fraction: 0, error: null } })
  }, [])
  const dismiss = useCallback((key: number) => dispatch({ type: 'remove', key }), [])
  return { uploads, add, retry, dismiss }
}

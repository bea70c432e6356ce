import { ApiError, errorFromText, unreachable } from './http'

export interface UploadRequest {
  file: File
  path: string
  shared: boolean
  onProgress: (fraction: number) => void
}

/** One file by multipart, with progress (fetch has none for uploads). `path` keeps the place inside a dropped folder. */
export function uploadFile({ file, path, shared, onProgress }: UploadRequest): Promise<void> {
  const form = new FormData()
  form.append('shared', String(shared))
  if (path !== file.name) form.append('path', path)
  form.append('file', file, file.name)
  return new Promise((resolve, reject: (reason: ApiError) => void) => {
    const xhr = new XMLHttpRequest()
    xhr.open('POST', '/api/rag/documents/')
    xhr.setRequestHeader('accept', 'application/json')
    xhr.upload.onprogress = (event) => {
      if (event.lengthComputable && event.total > 0) onProgress(event.loaded / event.total)
    }
    xhr.onerror = () => reject(unreachable())
    xhr.onload = () => {
      if (xhr.status >= 200 && xhr.status < 300) resolve()
      else reject(errorFromText(xhr.status, xhr.responseText))
    }
    xhr.send(form)
  })
}

import { ApiError, errorFromText, unreachable } from './http'

export interface UploadRequest {
  file: File
  /** The folder inside what was dropped, without the file's name; empty for a single file. */
  folder: string
  shared: boolean
  onProgress: (fraction: number) => void
}

/** Multipart with progress: fetch has none for uploads. The answer's text. */
export function sendForm(path: string, form: FormData, onProgress: (fraction: number) => void): Promise<string> {
  return new Promise((resolve, reject: (reason: ApiError) => void) => {
    const xhr = new XMLHttpRequest()
    xhr.open('POST', path)
    xhr.setRequestHeader('accept', 'application/json')
    xhr.upload.onprogress = (event) => {
      if (event.lengthComputable && event.total > 0) onProgress(event.loaded / event.total)
    }
    xhr.onerror = () => reject(unreachable())
    xhr.onload = () => {
      if (xhr.status >= 200 && xhr.status < 300) resolve(xhr.responseText)
      else reject(errorFromText(xhr.status, xhr.responseText))
    }
    xhr.send(form)
  })
}

/** One document. */
export async function uploadFile({ file, folder, shared, onProgress }: UploadRequest): Promise<void> {
  const form = new FormData()
  form.append('shared', String(shared))
  if (folder !== '') form.append('path', folder)
  form.append('file', file, file.name)
  await sendForm('/api/rag/documents/', form, onProgress)
}

import { createContext, use, useCallback } from 'react'
import { errorText } from '@/i18n/errors'

export interface Toast {
  text: string
  severity?: 'info' | 'success' | 'error'
  action?: { label: string; run: () => void }
}

export const ToastContext = createContext<(toast: Toast) => void>(() => undefined)

export const useToast = () => use(ToastContext)

/** For the `onError` of a mutation. */
export function useErrorToast(): (error: Error) => void {
  const show = useToast()
  return useCallback((error: Error) => show({ text: errorText(error), severity: 'error' }), [show])
}

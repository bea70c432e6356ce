import CssBaseline from '@mui/material/CssBaseline'
import { ThemeProvider } from '@mui/material/styles'
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { Toasts } from '@/components/Toasts'
import { UpdateHint } from '@/components/UpdateHint'
import { userKey } from '@/lib/api/account'
import { ApiError } from '@/lib/http'
import { rememberUser } from '@/lib/lastUser'
import { theme } from './theme'

const RETRIES = 2

/** Only what may pass by itself is asked again. */
const retry = (count: number, error: Error) =>
  count < RETRIES && error instanceof ApiError && (error.status === 0 || error.status >= 500)

function createClient(): QueryClient {
  const onError = (error: Error) => {
    if (!(error instanceof ApiError) || error.status !== 401) return
    rememberUser(null)
    client.setQueryData(userKey, null)
  }
  const client = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      // a box at home may be near while the browser believes itself offline
      queries: { retry, staleTime: 10_000, networkMode: 'always' },
      mutations: { networkMode: 'always' },
    },
  })
  return client
}

export function Providers({ children }: { children: ReactNode }) {
  const [client] = useState(createClient)
  return (
    <ThemeProvider theme={theme} defaultMode="system">
      <CssBaseline />
      <QueryClientProvider client={client}>
        <Toasts>{children}</Toasts>
        <UpdateHint />
      </QueryClientProvider>
    </ThemeProvider>
  )
}

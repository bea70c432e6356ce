import { BrowserRouter } from 'react-router-dom'
import { CrashGuard } from './CrashGuard'
import { Providers } from './providers'
import { Pages } from './routes'

export function App() {
  return (
    <Providers>
      <CrashGuard>
        <BrowserRouter future={{ v7_startTransition: true, v7_relativeSplatPath: true }}>
          <Pages />
        </BrowserRouter>
      </CrashGuard>
    </Providers>
  )
}

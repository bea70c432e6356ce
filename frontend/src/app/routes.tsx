import Box from '@mui/material/Box'
import { Suspense, lazy } from 'react'
import { Navigate, Route, Routes, useLocation } from 'react-router-dom'
import { Logo } from '@/components/Logo'
import { Failure, Loading } from '@/components/States'
import { useUser } from '@/lib/api/account'

const Shell = lazy(() => import('./Shell'))
const LoginPage = lazy(() => import('@/features/account/LoginPage'))
const AccountPage = lazy(() => import('@/features/account/AccountPage'))
const NewChatPage = lazy(() => import('@/features/chat/NewChatPage'))
const ChatPage = lazy(() => import('@/features/chat/ChatPage'))
const LibraryPage = lazy(() => import('@/features/library/LibraryPage'))
const DocumentPage = lazy(() => import('@/features/library/DocumentPage'))
const TemplatesPage = lazy(() => import('@/features/prompts/TemplatesPage'))
const TemplatePage = lazy(() => import('@/features/prompts/TemplatePage'))
const ModelsPage = lazy(() => import('@/features/models/ModelsPage'))
const StatusPage = lazy(() => import('@/features/status/StatusPage'))

/** There is a box, and it says why nobody gets in. */
function Shut({ error, onRetry }: { error: Error; onRetry: () => void }) {
  return (
    <Box component="main" sx={{ maxWidth: 560, mx: 'auto', px: 2, pt: '18vh', display: 'grid', gap: 3, justifyItems: 'center' }}>
      <Logo size={56} />
      <Failure error={error} onRetry={onRetry} />
    </Box>
  )
}

/** Behind the door: nobody logged in is sent to the login page, and back afterwards. */
function Inside() {
  const { data: user, error, refetch } = useUser()
  const { pathname, search } = useLocation()
  if (user === null) return <Navigate to="/login" replace state={{ from: pathname + search }} />
  if (user) return <Shell />
  return error ? <Shut error={error} onRetry={() => void refetch()} /> : <Loading />
}

export function Pages() {
  return (
    <Suspense fallback={<Loading />}>
      <Routes>
        <Route path="/login" element={<LoginPage />} />
        <Route element={<Inside />}>
          <Route path="/" element={<NewChatPage />} />
          <Route path="/chat/:id" element={<ChatPage />} />
          <Route path="/library" element={<LibraryPage />} />
          <Route path="/library/:id" element={<DocumentPage />} />
          <Route path="/templates" element={<TemplatesPage />} />
          <Route path="/templates/:id" element={<TemplatePage />} />
          <Route path="/models" element={<ModelsPage />} />
          <Route path="/account" element={<AccountPage />} />
          <Route path="/status" element={<StatusPage />} />
          <Route path="*" element={<Navigate to="/" replace />} />
        </Route>
      </Routes>
    </Suspense>
  )
}

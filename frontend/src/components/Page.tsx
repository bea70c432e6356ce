import Box from '@mui/material/Box'
import Typography from '@mui/material/Typography'
import type { ReactNode } from 'react'
import { TopBar } from './TopBar'

interface PageProps {
  title: string
  lead?: string
  actions?: ReactNode
  /** Room for a second column on large screens. */
  wide?: boolean
  children: ReactNode
}

/** A quiet page with a heading; the column is as wide as a comfortable line. */
export function Page({ title, lead, actions, wide = false, children }: PageProps) {
  return (
    <Box sx={{ height: '100%', overflowY: 'auto' }}>
      <TopBar />
      <Box sx={{ maxWidth: wide ? 1240 : 920, mx: 'auto', px: { xs: 2, sm: 4 }, pt: { xs: 1, sm: 4 }, pb: 8 }}>
        <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 2, alignItems: 'flex-start', mb: 3 }}>
          <Box sx={{ flex: '1 1 260px' }}>
            <Typography variant="h1">{title}</Typography>
            {lead && (
              <Typography color="textSecondary" sx={{ mt: 0.75, maxWidth: '60ch' }}>
                {lead}
              </Typography>
            )}
          </Box>
          {actions}
        </Box>
        {children}
      </Box>
    </Box>
  )
}

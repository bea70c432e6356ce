import Box from '@mui/material/Box'

/** Warmth rising from a floor. */
export function Logo({ size = 32 }: { size?: number }) {
  return (
    <Box component="svg" viewBox="0 0 64 64" aria-hidden sx={{ width: size, height: size, flex: 'none', display: 'block' }}>
      <rect width="64" height="64" rx="15" fill="#b4532f" />
      <g fill="none" stroke="#fff6ea" strokeWidth="5" strokeLinecap="round">
        <path d="M20 37c-5-5 5-9 0-15M32 37c-6-6 6-12 0-20M44 37c-5-5 5-9 0-15M14 48h36" />
      </g>
    </Box>
  )
}

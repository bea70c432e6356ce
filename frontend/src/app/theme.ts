import { createTheme } from '@mui/material/styles'

const SANS = [
  'system-ui',
  '-apple-system',
  '"Segoe UI"',
  'Roboto',
  '"Apple SD Gothic Neo"',
  '"Malgun Gothic"',
  '"Noto Sans KR"',
  '"Noto Sans CJK KR"',
  'sans-serif',
].join(', ')

/** Hanji paper and clay by day, embers at night. */
const light = {
  primary: { main: '#a5482a', dark: '#863820', light: '#c9714f', contrastText: '#fffaf3' },
  secondary: { main: '#4f6f5f', contrastText: '#fffaf3' },
  background: { default: '#f8f3eb', paper: '#fffdf9' },
  text: { primary: '#2b231d', secondary: '#6d6056' },
  divider: '#e6dccd',
  success: { main: '#4b7a52' },
  warning: { main: '#9a6412' },
  error: { main: '#b3352c' },
  info: { main: '#86683a' },
}

const dark = {
  primary: { main: '#eba17a', dark: '#d4855b', light: '#f3bd9f', contrastText: '#2a1509' },
  secondary: { main: '#a3c4b1', contrastText: '#14211a' },
  background: { default: '#1a1613', paper: '#231e1a' },
  text: { primary: '#f0e7dc', secondary: '#b8aa9b' },
  divider: '#3b332c',
  success: { main: '#93c49a' },
  warning: { main: '#e2b25f' },
  error: { main: '#f08d80' },
  info: { main: '#d6ba8b' },
}

export const theme = createTheme({
  cssVariables: { colorSchemeSelector: 'data-theme' },
  colorSchemes: { light: { palette: light }, dark: { palette: dark } },
  shape: { borderRadius: 12 },
  typography: {
    fontFamily: SANS,
    button: { textTransform: 'none', fontWeight: 600 },
    h1: { fontSize: '1.5rem', fontWeight: 650, letterSpacing: '-0.01em' },
    h2: { fontSize: '1.15rem', fontWeight: 650 },
    h3: { fontSize: '1rem', fontWeight: 650 },
  },
  components: {
    MuiCssBaseline: {
      styleOverrides: {
        'html, body, #root': { height: '100%' },
        body: { overscrollBehavior: 'none', wordBreak: 'keep-all', overflowWrap: 'anywhere' },
        '@media (prefers-reduced-motion: reduce)': { '*': { animation: 'none !important', transition: 'none !important' } },
      },
    },
    MuiButton: { defaultProps: { disableElevation: true } },
    MuiPaper: { styleOverrides: { root: { backgroundImage: 'none' } } },
    MuiDialog: { styleOverrides: { paper: { borderRadius: 18 } } },
    MuiAlert: {
      styleOverrides: {
        root: { borderRadius: 12 },
        standard: { border: '1px solid var(--mui-palette-divider)', backgroundColor: 'var(--mui-palette-background-paper)' },
      },
    },
  },
})

/** The width of a comfortable line; messages and the box to type in share it. */
export const column = { width: '100%', maxWidth: 780, mx: 'auto', px: { xs: 2, sm: 3 } } as const

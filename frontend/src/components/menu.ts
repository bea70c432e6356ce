import { createContext, use } from 'react'

/** Opens the drawer on small screens; null where it is always open. */
export const MenuContext = createContext<(() => void) | null>(null)

export const useMenu = () => use(MenuContext)

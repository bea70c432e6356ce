/** Where shortcuts lead, found by role in the page as it stands: features need not know of them. */

export const searchBox = () => document.querySelector<HTMLElement>('nav input[type="search"]')
export const messageBox = () => document.querySelector<HTMLElement>('main textarea:not([aria-hidden="true"])')
export const stopButton = () => document.querySelector<HTMLElement>('main [data-shortcut="stop"]')

/** The chat listed `step` places after the one that is shown; from elsewhere the first. */
export function neighbour(step: 1 | -1): string | null {
  const chats = [...document.querySelectorAll<HTMLAnchorElement>('nav a[href^="/chat/"]')].map((link) => link.pathname)
  const here = chats.indexOf(window.location.pathname)
  if (here === -1) return chats[0] ?? null
  return chats[here + step] ?? null
}

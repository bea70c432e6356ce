import { useEffect, useRef } from 'react'
import { useLocation } from 'react-router-dom'

const FOCUSABLE = 'a[href], button:not([disabled]), input:not([disabled]), textarea:not([disabled]), [tabindex]:not([tabindex="-1"])'
const mainPart = () => document.getElementById('main')
const isLost = () => document.activeElement === null || document.activeElement === document.body

/** A row of a list in which the focus was: where it goes when the row is gone. */
interface Spot {
  list: Element
  place: number
}

function spotOf(element: Element): Spot | null {
  const row = element.closest('li')
  return row?.parentElement ? { list: row.parentElement, place: [...row.parentElement.children].indexOf(row) } : null
}

/** The row that took the place of one that is gone, else the page itself. */
function comeBack(spot: Spot | null): void {
  const rows = spot?.list.isConnected ? spot.list.children : null
  const row = rows && spot ? rows[Math.min(spot.place, rows.length - 1)] : undefined
  const next = row?.querySelector<HTMLElement>(FOCUSABLE) ?? mainPart()
  next?.focus({ preventScroll: next === mainPart() })
}

/** The focus is never nowhere: when what had it is gone, a neighbour takes it. */
export function useKeptFocus(): void {
  useEffect(() => {
    let last: Element | null = null
    let spot: Spot | null = null
    const onFocus = ({ target }: FocusEvent) => {
      if (!(target instanceof Element)) return
      last = target
      spot = spotOf(target) ?? (target.closest('[role="dialog"], [role="menu"]') ? spot : null)
    }
    const observer = new MutationObserver(() => {
      if (last === null || last.isConnected || !isLost()) return
      last = null
      comeBack(spot)
    })
    document.addEventListener('focusin', onFocus)
    observer.observe(document.body, { childList: true, subtree: true })
    return () => {
      document.removeEventListener('focusin', onFocus)
      observer.disconnect()
    }
  }, [])
}

/** After a step to another page the focus is in it, not left behind in the drawer. */
export function useFocusOnPage(): void {
  const { pathname } = useLocation()
  const before = useRef(pathname)
  useEffect(() => {
    if (before.current === pathname) return undefined
    before.current = pathname
    const frame = requestAnimationFrame(() => {
      const active = document.activeElement
      if (isLost() || active?.closest('nav')) mainPart()?.focus({ preventScroll: true })
    })
    return () => cancelAnimationFrame(frame)
  }, [pathname])
}

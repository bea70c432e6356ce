import IconButton, { type IconButtonProps } from '@mui/material/IconButton'
import type { ReactNode } from 'react'
import { Link } from 'react-router-dom'

interface IconActionProps extends IconButtonProps {
  label: string
  children: ReactNode
  /** Leads to a page of ours instead of acting. */
  to?: string
  /** Leads to a file of the server. */
  href?: string
}

/** An icon button that always has a name, for the ear and as a hint. */
export function IconAction({ label, children, to, href, ...rest }: IconActionProps) {
  const target = to === undefined ? (href === undefined ? {} : { component: 'a', href }) : { component: Link, to }
  return (
    <IconButton aria-label={label} title={label} {...rest} {...target}>
      {children}
    </IconButton>
  )
}

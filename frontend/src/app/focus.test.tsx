import { fireEvent, render, screen, waitFor } from '@testing-library/react'
import { useState } from 'react'
import { expect, it } from 'vitest'
import { useKeptFocus } from './focus'

function List() {
  useKeptFocus()
  const [rows, setRows] = useState(['a', 'b', 'c'])
  return (
    <main id="main" tabIndex={-1}>
      <ul>
        {rows.map((row) => (
          <li key={row}>
            <button onClick={() => setRows(rows.filter((one) => one !== row))}>{row}</button>
          </li>
        ))}
      </ul>
    </main>
  )
}

it('goes to the row that takes the place of a deleted one, and to the page after the last', async () => {
  render(<List />)
  for (const [gone, next] of [['b', 'c'], ['c', 'a']] as const) {
    const button = screen.getByRole('button', { name: gone })
    button.focus()
    fireEvent.click(button)
    await waitFor(() => expect(document.activeElement?.textContent).toBe(next))
  }
  fireEvent.click(screen.getByRole('button', { name: 'a' }))
  await waitFor(() => expect(document.activeElement?.id).toBe('main'))
})

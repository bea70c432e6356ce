/** Cuts a stream of JSON lines wherever its pieces happen to end. */
export class LineReader {
  private rest = ''

  /** The whole lines that a piece completes. */
  feed(piece: string): unknown[] {
    const lines = (this.rest + piece).split('\n')
    this.rest = lines.pop() ?? ''
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as unknown)
  }
}

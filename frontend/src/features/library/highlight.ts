export interface Piece {
  text: string
  hit: boolean
}

const escape = (word: string) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** Cuts a passage at the words of the question. A Korean word is also found without its last syllable, its usual particle;
 * short Latin words (the, of, who) count only where a question has no others. */
export function highlight(text: string, question: string): Piece[] {
  const all = question.normalize('NFC').split(/[\s.,!?"'()]+/).filter((word) => word.length > 1)
  const telling = all.filter((word) => !/^[a-z]{1,3}$/i.test(word))
  const words = telling.length > 0 ? telling : all
  const stems = words.flatMap((word) => (/^[가-힣]{3,}$/.test(word) ? [word, word.slice(0, -1)] : [word]))
  if (stems.length === 0) return [{ text, hit: false }]
  const pattern = new RegExp(`(${stems.sort((a, b) => b.length - a.length).map(escape).join('|')})`, 'giu')
  return text
    .split(pattern)
    .map((piece, index) => ({ text: piece, hit: index % 2 === 1 }))
    .filter((piece) => piece.text !== '')
}

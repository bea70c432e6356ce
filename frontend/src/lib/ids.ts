/** 128 random bits as hex. `crypto.randomUUID` is kept from pages over plain http, which is how a box at home is served. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

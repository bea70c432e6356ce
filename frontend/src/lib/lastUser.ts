import { recallJson, remember } from '@/lib/storage'
import type { User } from '@/lib/types'

const KEY = 'user'
const CHATS = 'ondol-chats'

const isUser = (value: unknown): value is User => typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string'

/** Who was logged in when the box was last heard: lets past chats be read without a line. */
export const lastUser = (): User | null => recallJson(KEY, isUser)

/** Whoever logs out, or in as another, leaves nothing to read behind. */
export function rememberUser(user: User | null): void {
  if (lastUser()?.id !== user?.id && 'caches' in globalThis) void caches.delete(CHATS)
  remember(KEY, user && JSON.stringify(user))
}

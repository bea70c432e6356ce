import { ExpirationPlugin } from 'workbox-expiration'
import { type PrecacheEntry, cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute } from 'workbox-precaching'
import { NavigationRoute, registerRoute } from 'workbox-routing'
import { NetworkFirst } from 'workbox-strategies'
import { CHATS, MOST_ANSWERS, NOT_PAGES, isKept, keyFor } from './rules'

declare const self: ServiceWorkerGlobalScope
/** Every file of this build with its hash; written in by build/serviceWorker.ts. */
declare const PRECACHE: PrecacheEntry[]

/** A box that is out of reach (another network) answers nothing at all: what is kept is shown after this long. */
const PATIENCE_S = 8

precacheAndRoute(PRECACHE)
cleanupOutdatedCaches()
registerRoute(new NavigationRoute(createHandlerBoundToURL('/index.html'), { denylist: NOT_PAGES }))

registerRoute(
  ({ request, sameOrigin }) => sameOrigin && isKept(request),
  new NetworkFirst({
    cacheName: CHATS,
    networkTimeoutSeconds: PATIENCE_S,
    plugins: [
      { cacheKeyWillBeUsed: ({ request }) => Promise.resolve(keyFor(request)) },
      { cacheWillUpdate: ({ response }) => Promise.resolve(response.status === 200 ? response : null) },
      new ExpirationPlugin({ maxEntries: MOST_ANSWERS, purgeOnQuotaError: true }),
    ],
  }),
)

// A new version waits until the page says so: old pages keep the old files, and none sees a mix of both.
self.addEventListener('message', ({ data }: ExtendableMessageEvent) => {
  if (data === 'take over') void self.skipWaiting()
})

const CALM_MS = 2_000

/** Calls `onWaiting` when a newer page lies ready, with the way to it: the worker takes over and the page loads anew.
 * Browsers offer workers to https and localhost only; elsewhere nothing happens. */
export function startWorker(onWaiting: (takeOver: () => void) => void): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return
  const { serviceWorker } = navigator
  const offer = (waiting: ServiceWorker) =>
    onWaiting(() => {
      serviceWorker.addEventListener('controllerchange', () => window.location.reload(), { once: true })
      waiting.postMessage('take over')
    })
  const watch = (registration: ServiceWorkerRegistration | undefined) => {
    if (!registration) return // a browser that is told to have no workers
    if (registration.waiting && serviceWorker.controller) offer(registration.waiting)
    registration.addEventListener('updatefound', () => {
      const fresh = registration.installing
      fresh?.addEventListener('statechange', () => {
        if (fresh.state === 'installed' && serviceWorker.controller) offer(fresh)
      })
    })
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') void registration.update().catch(() => undefined)
    })
  }
  // what the first page itself needs comes first
  setTimeout(() => void serviceWorker.register('/sw.js').then(watch, () => undefined), CALM_MS)
}

import { backoffMs } from '@/lib/backoff'
import { type ClientFrame, type ServerFrame, parseFrame } from '@/lib/frames'

const PING_MS = 20_000
/** How long an answer to a ping may take: patient while nothing is wrong, quick once something happened to the line. */
const PATIENCE_MS = 10_000
const QUICK_MS = 3_000
const CONNECT_MS = 10_000

export type Connection = 'connecting' | 'open' | 'offline'

export interface SocketEvents {
  onFrame: (frame: ServerFrame) => void
  onConnection: (connection: Connection) => void
}

type OpenSocket = (url: string) => WebSocket

const socketUrl = (path: string, place: Location) => `${place.protocol === 'https:' ? 'wss' : 'ws'}://${place.host}${path}`

export const chatUrl = (sessionId: string, place: Location = window.location) =>
  socketUrl(`/ws/chat/${encodeURIComponent(sessionId)}/`, place)

export const eventsUrl = (place: Location = window.location) => socketUrl('/ws/events/', place)

export const libraryUrl = (place: Location = window.location) => socketUrl('/ws/library/', place)

/** What may mean that the line is gone without a word: another network, a window that slept or was kept aside. */
const DISTURBANCES: [EventTarget, string][] = [
  [window, 'online'],
  [window, 'offline'],
  [window, 'pageshow'],
  [document, 'visibilitychange'],
  [document, 'resume'],
]

/** A chat's, the library's or a person's socket for as long as its page is open: comes back by itself after every loss. */
export class LiveSocket {
  private socket: WebSocket | null = null
  private attempt = 0
  private closed = false
  private retryTimer: ReturnType<typeof setTimeout> | undefined
  private deadline: ReturnType<typeof setTimeout> | undefined
  private beatAt = Date.now()
  private readonly pingTimer: ReturnType<typeof setInterval>

  constructor(
    private readonly url: string,
    private readonly events: SocketEvents,
    private readonly open: OpenSocket = (target) => new WebSocket(target),
  ) {
    this.pingTimer = setInterval(() => this.beat(), PING_MS)
    for (const [target, name] of DISTURBANCES) target.addEventListener(name, this.disturbed)
    this.connect()
  }

  /** False when there is no connection to send on. */
  send(frame: ClientFrame): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false
    this.socket.send(JSON.stringify(frame))
    return true
  }

  close(): void {
    this.closed = true
    clearTimeout(this.retryTimer)
    clearInterval(this.pingTimer)
    for (const [target, name] of DISTURBANCES) target.removeEventListener(name, this.disturbed)
    this.drop()
  }

  /** Tries again at once where there is no line, and asks the one there is whether it still answers. */
  private readonly disturbed = (): void => {
    if (this.closed || document.visibilityState === 'hidden') return
    if (this.socket === null) {
      clearTimeout(this.retryTimer)
      this.attempt = 0
      this.connect()
    } else {
      this.ping(QUICK_MS)
    }
  }

  private connect(): void {
    this.events.onConnection('connecting')
    const socket = this.open(this.url)
    this.socket = socket
    this.allow(CONNECT_MS)
    socket.onopen = () => {
      this.answered()
      this.events.onConnection('open')
    }
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      this.answered()
      this.attempt = 0
      const frame = typeof data === 'string' ? parseFrame(data) : undefined
      if (frame) this.events.onFrame(frame)
    }
    socket.onclose = () => {
      if (this.socket === socket) this.lost()
    }
  }

  private lost(): void {
    this.drop()
    if (this.closed) return
    this.events.onConnection('offline')
    this.retryTimer = setTimeout(() => this.connect(), backoffMs(this.attempt))
    this.attempt += 1
  }

  /** A dead line (a laptop that slept, a router that forgot) shows no close: no answer to a ping is one. */
  private ping(patienceMs: number): void {
    if (this.send({ type: 'ping' })) this.allow(patienceMs)
  }

  private beat(): void {
    const slept = Date.now() - this.beatAt > 2 * PING_MS
    this.beatAt = Date.now()
    this.ping(slept ? QUICK_MS : PATIENCE_MS)
  }

  /** Gives the line up unless something is heard in time; an earlier limit stays. */
  private allow(ms: number): void {
    if (ms > QUICK_MS && this.deadline !== undefined) return
    clearTimeout(this.deadline)
    this.deadline = setTimeout(() => this.lost(), ms)
  }

  private answered(): void {
    clearTimeout(this.deadline)
    this.deadline = undefined
  }

  private drop(): void {
    const { socket } = this
    this.answered()
    this.socket = null
    if (!socket) return
    socket.onopen = socket.onmessage = socket.onclose = null
    socket.close()
  }
}

import { backoffMs } from '@/lib/backoff'
import { type ClientFrame, type ServerFrame, parseFrame } from '@/lib/frames'

const PING_MS = 25_000
const SILENCE_MS = 60_000

export type Connection = 'connecting' | 'open' | 'offline'

export interface SocketEvents {
  onFrame: (frame: ServerFrame) => void
  onConnection: (connection: Connection) => void
}

type OpenSocket = (url: string) => WebSocket

const socketUrl = (path: string, place: Location) => `${place.protocol === 'https:' ? 'wss' : 'ws'}://${place.host}${path}`

export const chatUrl = (sessionId: string, place: Location = window.location) =>
  socketUrl(`/ws/chat/${encodeURIComponent(sessionId)}/`, place)

export const libraryUrl = (place: Location = window.location) => socketUrl('/ws/library/', place)

/** A chat's or the library's socket for as long as its page is open: comes back by itself after every loss. */
export class LiveSocket {
  private socket: WebSocket | null = null
  private attempt = 0
  private closed = false
  private heardAt = 0
  private retryTimer: ReturnType<typeof setTimeout> | undefined
  private readonly pingTimer: ReturnType<typeof setInterval>

  constructor(
    private readonly url: string,
    private readonly events: SocketEvents,
    private readonly open: OpenSocket = (target) => new WebSocket(target),
  ) {
    this.pingTimer = setInterval(() => this.watch(), PING_MS)
    window.addEventListener('online', this.connectNow)
    document.addEventListener('visibilitychange', this.connectNow)
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
    window.removeEventListener('online', this.connectNow)
    document.removeEventListener('visibilitychange', this.connectNow)
    this.drop()
  }

  readonly connectNow = (): void => {
    if (this.closed || this.socket !== null || document.visibilityState === 'hidden') return
    clearTimeout(this.retryTimer)
    this.connect()
  }

  private connect(): void {
    this.events.onConnection('connecting')
    const socket = this.open(this.url)
    this.socket = socket
    socket.onopen = () => {
      this.heardAt = Date.now()
      this.events.onConnection('open')
    }
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      this.heardAt = Date.now()
      this.attempt = 0
      const frame = typeof data === 'string' ? parseFrame(data) : undefined
      if (frame) this.events.onFrame(frame)
    }
    socket.onclose = () => {
      if (this.socket === socket) this.lost()
    }
  }

  private lost(): void {
    this.socket = null
    if (this.closed) return
    this.events.onConnection('offline')
    this.retryTimer = setTimeout(() => this.connect(), backoffMs(this.attempt))
    this.attempt += 1
  }

  /** A dead line (a laptop that slept, a router that forgot) shows no close: no answer to a ping is one. */
  private watch(): void {
    if (this.socket?.readyState !== WebSocket.OPEN) return
    if (Date.now() - this.heardAt > SILENCE_MS) {
      this.drop()
      this.lost()
    } else {
      this.send({ type: 'ping' })
    }
  }

  private drop(): void {
    const { socket } = this
    this.socket = null
    if (!socket) return
    socket.onopen = socket.onmessage = socket.onclose = null
    socket.close()
  }
}

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ServerFrame } from '@/lib/frames'
import { LiveSocket, type Connection, chatUrl } from './socket'

class FakeSocket {
  readyState: number = WebSocket.CONNECTING
  sent: string[] = []
  onopen: (() => void) | null = null
  onmessage: ((event: { data: unknown }) => void) | null = null
  onclose: (() => void) | null = null

  send(text: string) {
    this.sent.push(text)
  }

  close() {
    this.readyState = WebSocket.CLOSED
    this.onclose?.()
  }

  accept() {
    this.readyState = WebSocket.OPEN
    this.onopen?.()
  }
}

function connect() {
  const sockets: FakeSocket[] = []
  const states: Connection[] = []
  const frames: ServerFrame[] = []
  const events = { onFrame: (frame: ServerFrame) => void frames.push(frame), onConnection: (now: Connection) => void states.push(now) }
  const chat = new LiveSocket('ws://box/ws/chat/1/', events, () => {
    const socket = new FakeSocket()
    sockets.push(socket)
    return socket as unknown as WebSocket
  })
  return { chat, sockets, states, frames }
}

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

describe('a chat socket', () => {
  it('comes back after every loss, waiting longer each time', () => {
    const { chat, sockets, states } = connect()
    sockets[0]?.accept()
    sockets[0]?.close()
    expect(states).toEqual(['connecting', 'open', 'offline'])
    vi.advanceTimersByTime(500)
    expect(sockets).toHaveLength(2)
    sockets[1]?.close()
    vi.advanceTimersByTime(499)
    expect(sockets).toHaveLength(2)
    vi.advanceTimersByTime(501)
    expect(sockets).toHaveLength(3)
    chat.close()
  })

  it('tries at once when the network is back', () => {
    const { chat, sockets } = connect()
    sockets[0]?.close()
    window.dispatchEvent(new Event('online'))
    expect(sockets).toHaveLength(2)
    chat.close()
  })

  it('sends only on an open line and hands on whole frames only', () => {
    const { chat, sockets, frames } = connect()
    expect(chat.send({ type: 'ping' })).toBe(false)
    sockets[0]?.accept()
    expect(chat.send({ type: 'stop', run_id: 'r' })).toBe(true)
    expect(sockets[0]?.sent).toEqual(['{"type":"stop","run_id":"r"}'])
    sockets[0]?.onmessage?.({ data: 'not json' })
    sockets[0]?.onmessage?.({ data: '{"type":"pong"}' })
    expect(frames).toEqual([{ type: 'pong' }])
    chat.close()
  })

  it('gives up a line that answers no ping, and keeps one that does', () => {
    const { chat, sockets, states } = connect()
    sockets[0]?.accept()
    vi.advanceTimersByTime(20_000)
    expect(sockets[0]?.sent).toEqual(['{"type":"ping"}'])
    sockets[0]?.onmessage?.({ data: '{"type":"pong"}' })
    vi.advanceTimersByTime(19_000)
    expect(states).toEqual(['connecting', 'open'])
    vi.advanceTimersByTime(11_000)
    expect(states.at(-1)).toBe('offline')
    vi.advanceTimersByTime(500)
    expect(sockets).toHaveLength(2)
    chat.close()
  })

  it.each(['online', 'pageshow'])('asks a line that may be dead at once on "%s", and does not wait long', (name) => {
    const { chat, sockets, states } = connect()
    sockets[0]?.accept()
    window.dispatchEvent(new Event(name))
    expect(sockets[0]?.sent).toEqual(['{"type":"ping"}'])
    vi.advanceTimersByTime(3_000)
    expect(states.at(-1)).toBe('offline')
    expect(sockets[0]?.readyState).toBe(WebSocket.CLOSED)
    vi.advanceTimersByTime(500)
    expect(sockets).toHaveLength(2)
    chat.close()
  })

  it('does not ask while nobody looks, and does when the window is shown again', () => {
    const { chat, sockets } = connect()
    sockets[0]?.accept()
    const seen = vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden')
    document.dispatchEvent(new Event('visibilitychange'))
    expect(sockets[0]?.sent).toEqual([])
    seen.mockReturnValue('visible')
    document.dispatchEvent(new Event('visibilitychange'))
    expect(sockets[0]?.sent).toEqual(['{"type":"ping"}'])
    sockets[0]?.onmessage?.({ data: '{"type":"pong"}' })
    vi.advanceTimersByTime(10_000)
    expect(sockets).toHaveLength(1)
    chat.close()
  })

  it('gives up a handshake that is never answered', () => {
    const { chat, sockets } = connect()
    vi.advanceTimersByTime(10_500)
    expect(sockets[0]?.readyState).toBe(WebSocket.CLOSED)
    expect(sockets).toHaveLength(2)
    chat.close()
  })

  it('stays closed once its page is left', () => {
    const { chat, sockets } = connect()
    chat.close()
    window.dispatchEvent(new Event('online'))
    vi.advanceTimersByTime(60_000)
    expect(sockets).toHaveLength(1)
  })
})

it('speaks to the host it came from, under TLS where the page is', () => {
  expect(chatUrl('1', { protocol: 'https:', host: 'ondol.local' } as Location)).toBe('wss://ondol.local/ws/chat/1/')
  expect(chatUrl('7', { protocol: 'http:', host: 'box:8000' } as Location)).toBe('ws://box:8000/ws/chat/7/')
})

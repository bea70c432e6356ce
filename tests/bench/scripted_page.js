// A box inside the page: answers the chat's WebSocket with a scripted stream, so that only the page is measured.
(() => {
  const OPEN = 1
  const CLOSED = 3
  const box = (window.box = { sockets: [], long: [], frames: [], answer: null })

  class ScriptedSocket {
    static CONNECTING = 0
    static OPEN = OPEN
    static CLOSING = 2
    static CLOSED = CLOSED
    readyState = 0
    constructor(url) {
      this.url = url
      box.sockets.push(this)
      setTimeout(() => {
        this.readyState = OPEN
        this.onopen?.({})
        if (url.includes('/ws/chat/')) this.tell({ type: 'session_info', session: box.session, engine: null })
      })
    }
    tell(frame) {
      if (this.readyState === OPEN) this.onmessage?.({ data: JSON.stringify(frame) })
    }
    send(text) {
      const said = JSON.parse(text)
      if (said.type === 'message') box.answer?.(this, said)
    }
    close() {
      this.readyState = CLOSED
      this.onclose?.({})
    }
  }
  window.WebSocket = ScriptedSocket

  const message = (id, role, part) => ({
    id, role, content: '', status: 'done', created_at: new Date().toISOString(), rag_context: null, sources: [], usage: null, timings: null,
    error: null, run_id: null, ...part,
  })

  /** Streams `tokens` at `perS` a second as an answer, two a frame of the wire at most, as the box does. */
  box.stream = (tokens, perS) =>
    new Promise((done) => {
      box.answer = (socket, said) => {
        const head = { run_id: 'r1' }
        socket.tell({ type: 'message_stored', message: message(1, 'user', { content: said.content }), client_id: said.client_id })
        socket.tell({ type: 'stream_start', ...head, seq: 0, content: '', message: { id: 2, role: 'assistant' } })
        const began = performance.now()
        let at = 0
        const pump = setInterval(() => {
          const due = Math.min(tokens.length, Math.floor(((performance.now() - began) * perS) / 1000))
          for (; at < due; at += 1) socket.tell({ type: 'stream_token', ...head, seq: at + 1, token: tokens[at] })
          if (at < tokens.length) return
          clearInterval(pump)
          const content = tokens.join('')
          socket.tell({ type: 'stream_end', ...head, seq: at, message: message(2, 'assistant', { content, ...head }), finish_reason: 'stop' })
          setTimeout(() => done((performance.now() - began) / 1000), 500)
        }, 4)
      }
    })

  box.watch = () => {
    new PerformanceObserver((list) => box.long.push(...list.getEntries().map((entry) => entry.duration))).observe({ type: 'longtask' })
    let last = performance.now()
    const tick = (now) => {
      box.frames.push(now - last)
      last = now
      requestAnimationFrame(tick)
    }
    requestAnimationFrame(tick)
  }
})()

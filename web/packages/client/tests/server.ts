/** A real HTTP server for tests: answers as a test says, also by cutting the connection. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach } from 'vitest'

export interface Received {
  method: string
  path: string
  headers: IncomingHttpHeaders
  body: Buffer
}

/** Reaction of the server: an answer, `cut` for a connection that breaks, or `begun` for an answer without an end. */
export type Reply =
  | { status?: number; headers?: Record<string, string>; json?: unknown; text?: string }
  | 'cut'
  | 'begun'

export interface TestServer {
  url: string
  received: Received[]
  json(index: number): unknown
}

/** happy-dom asks before it calls another origin, as browsers do. */
const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': '*, authorization',
  'access-control-allow-methods': '*',
}
const running: Server[] = []

afterEach(async () => {
  for (const server of running.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

export async function serve(reply: (request: Received) => Reply | Promise<Reply>): Promise<TestServer> {
  const received: Received[] = []
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = []
    try {
      for await (const chunk of incoming) chunks.push(chunk as Buffer)
    } catch {
      return // the client went away
    }
    const { method = '', url = '', headers } = incoming
    if (method === 'OPTIONS') {
      outgoing.writeHead(204, CORS).end()
      return
    }
    const request = { method, path: url, headers, body: Buffer.concat(chunks) }
    received.push(request)
    const answer = await reply(request)
    if (answer === 'cut') {
      incoming.socket.destroy()
      return
    }
    if (answer === 'begun') {
      outgoing.writeHead(200, { ...CORS, 'content-type': 'application/json' }).write('{')
      return
    }
    const kind = answer.json === undefined ? 'text/html' : 'application/json'
    outgoing.writeHead(answer.status ?? 200, { ...CORS, 'content-type': kind, ...answer.headers })
    outgoing.end(answer.json === undefined ? (answer.text ?? '') : JSON.stringify(answer.json))
  })
  running.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, received, json: (index) => JSON.parse(received[index]?.body.toString() ?? 'null') }
}

/** Answer with each reply once, in order, and then with the last one. */
export function inTurn(...replies: Reply[]): () => Reply {
  let next = 0
  return () => {
    const reply = replies[Math.min(next, replies.length - 1)]
    next += 1
    if (!reply) throw new Error('No reply was given.')
    return reply
  }
}

export function problem(status: number, code: string, more: Record<string, unknown> = {}): Reply {
  const json = {
    type: `https://foveal.dev/problems/${code}`,
    title: code,
    status,
    code,
    detail: `${code} it is.`,
    ...more,
  }
  return { status, headers: { 'content-type': 'application/problem+json' }, json }
}

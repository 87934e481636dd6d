/** The smallest HTTP tracker: remembers who announces what, names the others (BEP 3, 23). */
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { encodeValue } from '../shared/wire/bencode.js'

/** A running tracker: its announce URL, and the raw queries it got. */
export interface PlainTracker {
  readonly url: string
  readonly queries: string[]
}

/** Starts a server on loopback that treats every request alike; it goes with the test. Gives an
 * address on it. */
export async function startServer(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/announce`
}

/** Starts one on loopback; it goes with the test. */
export async function startPlainTracker(t: TestContext): Promise<PlainTracker> {
  const queries: string[] = []
  const swarms = new Map<string, Set<number>>()
  const url = await startServer(t, (request, response) => {
    const query = (request.url ?? '').split('?')[1] ?? ''
    queries.push(query)
    const cid = /info_hash=([^&]*)/.exec(query)?.[1] ?? ''
    const port = Number(/(?:^|&)port=(\d+)/.exec(query)?.[1])
    const hash = decode(cid)
    const swarm = swarms.get(hash) ?? new Set()
    swarms.set(hash, swarm)
    const others = [...swarm].filter((other) => other !== port)
    if (query.includes('event=stopped')) swarm.delete(port)
    else swarm.add(port)
    const peers = new Uint8Array(others.flatMap((other) => [127, 0, 0, 1, other >> 8, other & 255]))
    response.end(encodeValue({ interval: 1, 'min interval': 1, peers }))
  })
  return { url, queries }
}

/** Percent-encoded bytes in one form, whatever its writer left unescaped. */
function decode(text: string): string {
  const bytes = text.replace(/%([0-9a-fA-F]{2})/g, (_, hex) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return Buffer.from(bytes, 'latin1').toString('hex')
}

/** Ports for programs that are told where to listen, and are there again after a restart. */
import { createServer } from 'node:net'

/** Below those that Linux gives to outgoing connections: one could take a dead program's place. */
const FIRST_PORT = 20_000
const PORTS_COUNT = 10_000
/** From where one process begins to look to where the next does: among 300 processes nobody has
 * less than 19 ports before another begins, and among 1000 less than 7; most need fewer. */
const STRIDE = 6181

let tried = (process.pid * STRIDE) % PORTS_COUNT

/** A TCP port of loopback that nobody listens on; this process gives each once. */
export async function freePort(): Promise<number> {
  for (let count = 0; count < PORTS_COUNT; count++) {
    const port = FIRST_PORT + (tried++ % PORTS_COUNT)
    const free = await new Promise<boolean>((resolve) => {
      const server = createServer()
      server.once('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
    })
    if (free) return port
  }
  throw new Error('every port is taken')
}

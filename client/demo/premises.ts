/**
 * Where the demo takes place: a port for the tracker, and one folder with all that the seller has.
 */
import { cpSync } from 'node:fs'
import { createServer } from 'node:net'
import { basename, dirname, join } from 'node:path'

/** The folder with all contents in it: the one they share, else a new one with copies. */
export function gather(paths: readonly string[], folder: string): string {
  const [first, ...others] = paths.map((path) => dirname(path))
  if (first !== undefined && others.every((each) => each === first)) return first
  for (const path of paths) cpSync(path, join(folder, basename(path)), { recursive: true })
  return folder
}

/** A TCP port on loopback that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}

/** Other people's BitTorrent clients as processes: aria2, and libtorrent by its Python binding. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Content, folder } from '../engine-content.js'

const SESSION = fileURLToPath(new URL('../../../test/python/session.py', import.meta.url))

/** A running client. */
export interface Client {
  /** Its exit code. */
  readonly exited: Promise<number | null>
  /** What it said so far. */
  readonly output: () => string
}

/** Starts aria2 on a content. */
export async function aria2(
  t: TestContext,
  content: Content,
  options: { inside: string; tracker: string; port: number; more: readonly string[] },
): Promise<Client> {
  const { inside, tracker, port, more } = options
  const torrent = join(await folder(t), 'content.torrent')
  await writeFile(torrent, content.torrent)
  const quiet = ['--enable-dht=false', '--enable-dht6=false', '--bt-enable-lpd=false']
  const child = spawn(
    'aria2c',
    [
      ...['--no-conf', '--enable-peer-exchange=false', '--console-log-level=info', ...quiet],
      ...[`--dir=${inside}`, `--listen-port=${port}`, `--bt-tracker=${tracker}`],
      ...['--bt-tracker-interval=1', '--file-allocation=none', ...more, torrent],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  return follow(t, child)
}

/** Starts a session of libtorrent on a content; unless it seeds it ends when all is downloaded. */
export async function libtorrent(
  t: TestContext,
  content: Content,
  options: { inside: string; tracker: string; port: number; seed: boolean },
): Promise<Client> {
  const { inside, tracker, port, seed } = options
  const torrent = join(await folder(t), 'content.torrent')
  await writeFile(torrent, content.torrent)
  const command = [SESSION, torrent, inside, tracker, `${port}`, seed ? 'seed' : 'get']
  return follow(t, spawn('/usr/bin/python3', command, { stdio: ['ignore', 'pipe', 'pipe'] }))
}

/** Collects what a client says; it ends with the test. */
function follow(t: TestContext, child: ChildProcessByStdio<null, Readable, Readable>): Client {
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const exited = once(child, 'exit').then(([code]) => code as number | null)
  t.after(async () => {
    child.kill('SIGKILL')
    await exited
  })
  return { exited, output: () => output }
}

/** Contents, torrents and swarms for the tests of the engine: real files, real loopback sockets. */
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Gate } from '../client/engine/gate.js'
import { Hasher } from '../client/engine/hasher.js'
import { openGate } from '../client/engine/open-gate.js'
import { type Resources, shareOut } from '../client/engine/resources.js'
import { Swarm } from '../client/engine/swarm.js'
import type { SwarmOptions } from '../client/engine/swarm-options.js'
import { Listener } from '../client/net/listener.js'
import { concat } from '../shared/bytes.js'
import { must } from '../shared/errors.js'
import { encodeInfo, encodeTorrent, type Metainfo, parseMetainfo } from '../shared/metainfo.js'
import { within } from './until.js'

/** A torrent and the bytes of its files, by path below the folder. */
export interface Content {
  readonly metainfo: Metainfo
  readonly torrent: Uint8Array
  readonly files: ReadonlyMap<string, Uint8Array>
}

/** SHA-1 of every piece of a stream. */
export function hashPieces(stream: Uint8Array, pieceLength: number): Uint8Array {
  const hashes: Uint8Array[] = []
  for (let at = 0; at < stream.length; at += pieceLength) {
    hashes.push(
      createHash('sha1')
        .update(stream.subarray(at, at + pieceLength))
        .digest(),
    )
  }
  return concat(...hashes)
}

/** Random files of these sizes in one torrent; a single name without a slash is a single file. */
export function makeContent(
  sizes: Record<string, number>,
  pieceLength: number,
  announce: readonly string[] = [],
): Content {
  const names = Object.keys(sizes)
  const single = names.length === 1 && !names[0]?.includes('/')
  const name = single ? (names[0] as string) : 'content'
  const bodies = names.map((path) => randomBytes(sizes[path] as number))
  const { infoBytes } = encodeInfo({
    name,
    files: names.map((path, at) => ({ path: path.split('/'), length: bodies[at]?.length ?? 0 })),
    singleFile: single,
    pieceLength,
    hashes: hashPieces(concat(...bodies), pieceLength),
    private: false,
    source: undefined,
  })
  const torrent = encodeTorrent({ infoBytes, announce })
  const files = new Map(
    names.map((path, at) => [single ? path : `content/${path}`, bodies[at] as Uint8Array]),
  )
  return { metainfo: must(parseMetainfo(torrent)), torrent, files }
}

/** A folder that goes with the test. */
export async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'floodgate-'))
  t.after(() => rm(path, { recursive: true, force: true }))
  return path
}

/** Writes all files of a content into a folder. */
export async function writeContent(content: Content, into: string): Promise<void> {
  for (const [path, body] of content.files) {
    await mkdir(dirname(join(into, path)), { recursive: true })
    await writeFile(join(into, path), body)
  }
}

/** Paths of the files that are not exactly as they should be. */
export async function wrongFiles(content: Content, inside: string): Promise<string[]> {
  const wrong: string[] = []
  for (const [path, body] of content.files) {
    const found = await readFile(join(inside, path)).catch(() => undefined)
    if (found === undefined || !found.equals(body)) wrong.push(path)
  }
  return wrong
}

/** The hash threads of a test process. */
export const hasher = new Hasher(2)

/** What swarms share, with limits in bytes per second or without. */
export function resources(upLimit?: number, downLimit?: number): Resources {
  return shareOut(hasher, { upLimit, downLimit }, () => performance.now())
}

/** A swarm that listens on a free loopback port. */
export interface Node {
  readonly swarm: Swarm
  readonly port: number
  /** Resolves when all that is wanted is here, as it must come to be. */
  readonly done: Promise<void>
  stop(): Promise<void>
}

/** Starts a swarm of a content over a folder; it stops with the test at the latest. */
export async function startNode(
  t: TestContext,
  content: Content,
  inside: string,
  options: Partial<SwarmOptions> & { gate?: Gate } = {},
): Promise<Node> {
  const listener = must(await Listener.open('127.0.0.1', 0))
  let finish = () => {}
  const whole = new Promise<void>((resolve) => {
    finish = resolve
  })
  const swarm = new Swarm({
    metainfo: content.metainfo,
    folder: inside,
    gate: openGate,
    peerId: randomBytes(20),
    random: Math.random,
    now: () => performance.now(),
    resources: resources(),
    ...options,
    events: { ...options.events, done: () => finish() },
  })
  listener.serve(content.metainfo.cid, (socket, received) => swarm.accept(socket, received))
  must((await swarm.start()) ?? undefined)
  const stop = async () => {
    await listener.close()
    await swarm.stop()
  }
  t.after(stop)
  const seen = () => swarm.stats()
  return {
    ...{ swarm, port: listener.port, stop },
    get done() {
      return within('a whole download', whole, seen)
    },
  }
}

/** Where a node listens. */
export function at(node: Node): { host: string; port: number } {
  return { host: '127.0.0.1', port: node.port }
}

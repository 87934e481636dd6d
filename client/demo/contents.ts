/**
 * What the demo sells: the files that were named, or the content of torrents/, and its prices.
 */
import { createHash } from 'node:crypto'
import { createReadStream, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { fail, visible } from '../../shared/command.js'
import { FileNames } from '../../shared/file-names.js'

/** Folder of the repository that holds the sample content; this file runs from dist/client/demo. */
const SAMPLES = fileURLToPath(new URL('../../../torrents/', import.meta.url))
/** Files of that folder that are about the content, and none of it. */
const NO_SAMPLES = ['README.md', 'make.mjs']

const PIECE_MIN_BYTES = 16 * 1024
const PIECE_MAX_BYTES = 256 * 1024
const PIECES_AIM_COUNT = 32

/** What the seller of one piece earns, and what the buyer pays for it; millionths. */
const REWARD = 10_000n
const PRICE_PER_PIECE = 12_500n

/** One file as it lies at the seller's. */
export interface SourceFile {
  /** Below the folder that holds the content, with the content's own name. */
  readonly path: string
  /** The same where a customer has it, by names that every system can hold. */
  readonly stored: string
  readonly bytes: number
  readonly sha256: string
}

/** One content before it is published. */
export interface Item {
  readonly path: string
  /** For people: control characters show as symbols. */
  readonly name: string
  readonly bytes: number
  readonly files: readonly SourceFile[]
  readonly pieceLength: number
  readonly pieces: number
  readonly price: bigint
  readonly reward: bigint
}

/** The paths to sell: those that were named, or the samples. Two of one name are wrong usage. */
export function pathsToSell(named: readonly string[]): string[] {
  const paths = named.map((path) => resolve(path))
  const twin = paths.find((path, index) => index > paths.findIndex(sharesName(path)))
  if (twin !== undefined) fail('usage', `two contents are called ${visible(basename(twin))}`)
  if (paths.length > 0) return paths
  const names = readdirSync(SAMPLES).filter((name) => !NO_SAMPLES.includes(name))
  return names.sort().map((name) => join(SAMPLES, name))
}

function sharesName(path: string): (other: string) => boolean {
  return (other) => basename(other) === basename(path)
}

/** Reads a file or folder; throws the system's error, or usage when there is nothing in it. */
export async function readItem(path: string, pieceLength: number | undefined): Promise<Item> {
  const folder = dirname(path)
  const files: SourceFile[] = []
  const names = new FileNames()
  for (const name of filesBelow(folder, basename(path))) {
    const hash = createHash('sha256')
    await pipeline(createReadStream(join(folder, name)), hash)
    const { size } = statSync(join(folder, name))
    const stored = names.settle(name.split(sep))
    if (typeof stored === 'string') fail('usage', `${path} cannot be sold: ${stored}`)
    const sha256 = hash.digest('hex')
    files.push({ path: name, stored: stored.join('/'), bytes: size, sha256 })
  }
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  if (bytes === 0) fail('usage', `${path} holds nothing to sell`)
  const length = pieceLength ?? choosePieceLength(bytes)
  const pieces = Math.ceil(bytes / length)
  const price = roundUp(BigInt(pieces) * PRICE_PER_PIECE)
  const terms = { pieceLength: length, pieces, price, reward: REWARD }
  return { path, name: visible(basename(path)), bytes, files, ...terms }
}

/** Regular files at or below a path, in order of their names. */
function filesBelow(folder: string, path: string): string[] {
  if (!statSync(join(folder, path)).isDirectory()) return [path]
  const entries = readdirSync(join(folder, path), { withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() || entry.isDirectory())
    .map((entry) => join(path, entry.name))
    .sort()
    .flatMap((each) => filesBelow(folder, each))
}

/** 256 KiB, and less for a small content, so that there is something to share out. */
function choosePieceLength(bytes: number): number {
  let length = PIECE_MAX_BYTES
  while (length > PIECE_MIN_BYTES && bytes / length < PIECES_AIM_COUNT) length /= 2
  return length
}

/** Up to whole hundredths of the currency's unit. */
function roundUp(amount: bigint): bigint {
  const hundredth = 10_000n
  return ((amount + hundredth - 1n) / hundredth) * hundredth
}

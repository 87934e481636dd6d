/**
 * Walks and hashes what is to be published, one piece in memory at a time.
 *
 * The walk is sorted by the bytes of the names, so that the same folder gives the same torrent on
 * every machine. Symbolic links are left out: they could lead anywhere.
 */
import { createHash } from 'node:crypto'
import { lstat, open, readdir } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { concat } from '../shared/bytes.js'
import { type Refusal, refuse } from '../shared/errors.js'
import { FILES_MAX_COUNT } from '../shared/limits.js'

/** One file of a content: where it lies, and its path inside the content. */
export interface SourceFile {
  readonly disk: string
  readonly path: readonly string[]
  readonly length: number
}

/** What was found at a path. */
export interface Source {
  /** Name of the file or folder. */
  readonly name: string
  readonly singleFile: boolean
  readonly files: readonly SourceFile[]
  readonly length: number
  /** Paths that were left out because they are no regular files. */
  readonly leftOut: readonly string[]
}

/** Finds the files at a path; refuses as not-readable what is neither file nor folder, or empty. */
export async function findSource(path: string): Promise<Source | Refusal> {
  const root = resolve(path)
  const name = basename(root)
  const top = await lstat(root)
  if (!top.isFile() && !top.isDirectory()) {
    return refuse('not-readable', `${path} is neither a file nor a folder`)
  }
  const files: SourceFile[] = []
  const leftOut: string[] = []
  if (top.isFile()) files.push({ disk: root, path: [name], length: top.size })
  else await walk(root, [], files, leftOut)
  if (files.length > FILES_MAX_COUNT) {
    return refuse('too-large', `more than ${FILES_MAX_COUNT} files`)
  }
  const length = files.reduce((sum, file) => sum + file.length, 0)
  if (length === 0) return refuse('torrent-invalid', `${path} holds no content: nothing to sell`)
  return { name, singleFile: top.isFile(), files, length, leftOut }
}

async function walk(
  folder: string,
  path: readonly string[],
  files: SourceFile[],
  leftOut: string[],
): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true })
  const byName = entries.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)))
  for (const entry of byName) {
    if (files.length > FILES_MAX_COUNT) return
    const disk = join(folder, entry.name)
    const inside = [...path, entry.name]
    if (entry.isDirectory()) await walk(disk, inside, files, leftOut)
    else if (entry.isFile()) files.push({ disk, path: inside, length: (await lstat(disk)).size })
    else leftOut.push(inside.join('/'))
  }
}

/**
 * SHA-1 of every piece of the files end to end, 20 bytes each; `progress` hears the bytes done.
 *
 * Refuses as not-readable a file that became shorter meanwhile.
 */
export async function hashPieces(
  files: readonly SourceFile[],
  pieceLength: number,
  progress: (bytes: number) => void,
): Promise<Uint8Array | Refusal> {
  const hashes: Uint8Array[] = []
  const piece = Buffer.alloc(pieceLength)
  let filled = 0
  let total = 0
  const finish = (): void => {
    hashes.push(createHash('sha1').update(piece.subarray(0, filled)).digest())
    filled = 0
    progress(total)
  }
  for (const { disk, length } of files) {
    const handle = await open(disk, 'r')
    try {
      for (let at = 0; at < length; ) {
        const wanted = Math.min(pieceLength - filled, length - at)
        const { bytesRead } = await handle.read(piece, filled, wanted, at)
        if (bytesRead === 0) return refuse('not-readable', `${disk} changes while it is read`)
        at += bytesRead
        filled += bytesRead
        total += bytesRead
        if (filled === pieceLength) finish()
      }
    } finally {
      await handle.close()
    }
  }
  if (filled > 0) finish()
  return concat(...hashes)
}

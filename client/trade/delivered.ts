/** The files of a complete content, each with its SHA-256 as read back from the disk. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import type { Metainfo } from '../../shared/metainfo.js'
import { Places } from '../engine/places.js'
import type { Selection } from '../engine/selection.js'

/** One file as it lies on the disk. */
export interface DeliveredFile {
  readonly path: string
  readonly bytes: number
  /** Hex digits. */
  readonly sha256: string
}

/** Reads the chosen files of a content below a folder and hashes them. */
export async function deliveredFiles(
  metainfo: Metainfo,
  folder: string,
  chosen: Selection,
): Promise<DeliveredFile[]> {
  const files: DeliveredFile[] = []
  const places = new Places(folder)
  for (const [index, file] of metainfo.files.entries()) {
    const { length, padding } = file
    if (padding || chosen?.has(index) === false) continue
    const path = await places.pathOf(file)
    const hash = createHash('sha256')
    await pipeline(createReadStream(path), hash)
    files.push({ path, bytes: length, sha256: hash.digest('hex') })
  }
  return files
}

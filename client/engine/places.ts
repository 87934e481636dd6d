/**
 * Where the files of a torrent lie below a folder.
 *
 * That is where their mapped names say (shared/file-names.ts), unless the folder has a file under
 * exactly the name in the torrent: what its owner published from this folder is seeded from it.
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { MetainfoFile } from '../../shared/file-list.js'

/** Windows opens other things under some names (`a:b`, NUL), so there none is tried. */
const TRIES_OWN_NAMES = process.platform !== 'win32'

/** Elements of a file's path below the folder. */
export async function placeOf(folder: string, file: MetainfoFile): Promise<readonly string[]> {
  const { path, stored } = file
  const same = path.every((name, index) => name === stored[index])
  if (same || !TRIES_OWN_NAMES) return stored
  return (await holds(folder, path)) ? path : stored
}

/** Whether every name of a path is listed exactly as it is: to ask for it is not enough where the
 * file system takes another name for it. */
async function holds(folder: string, path: readonly string[]): Promise<boolean> {
  let at = folder
  for (const name of path) {
    const names = await readdir(at).catch((): string[] => [])
    if (!names.includes(name)) return false
    at = join(at, name)
  }
  return true
}

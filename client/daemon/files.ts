/** Deleting the files of a content that was removed, and nothing else. */
import { lstat, realpath, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Refusal } from '../../shared/errors.js'
import type { Metainfo } from '../../shared/metainfo.js'
import { systemRefusal } from '../../shared/thrown.js'
import { Aside } from '../engine/aside.js'
import { Places } from '../engine/places.js'

/**
 * Deletes the content's files below a folder, and its own folders that are empty then. No link is
 * followed: what lies behind one stays. Refuses as the disk does.
 */
export async function removeFiles(
  metainfo: Metainfo,
  folder: string,
): Promise<Refusal | undefined> {
  try {
    const root = await realpath(folder)
    const places = new Places(root)
    const folders = new Map<string, number>()
    for (const file of [...metainfo.files, new Aside(metainfo).file]) {
      if (file.padding) continue
      const path = await places.of(file)
      if (!(await isOwnFile(root, path))) continue
      await rm(join(root, ...path))
      for (let depth = path.length - 1; depth > 0; depth--) {
        folders.set(join(root, ...path.slice(0, depth)), depth)
      }
    }
    const deepest = [...folders].sort(([, one], [, other]) => other - one)
    for (const [path] of deepest) await rmdir(path).catch(() => undefined)
    return undefined
  } catch (error) {
    const problem = systemRefusal(error)
    if (problem === undefined) throw error
    return problem.code === 'not-readable' ? undefined : problem
  }
}

/** Whether a file lies there, below folders that are none but folders. */
async function isOwnFile(root: string, path: readonly string[]): Promise<boolean> {
  for (let depth = 1; depth <= path.length; depth++) {
    const facts = await lstat(join(root, ...path.slice(0, depth))).catch(() => undefined)
    const fits = depth < path.length ? facts?.isDirectory() : facts?.isFile()
    if (fits !== true) return false
  }
  return true
}

/** Folders that a person names, made with what is missing above them. */
import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type Refusal, refuse } from '../shared/errors.js'
import { reasonOf } from '../shared/thrown.js'

/**
 * Makes a folder and every missing one above it with this mode; throws the system's error.
 *
 * Step by step, because Node's own recursive mkdir tries for ever where a parent is there and
 * refuses with ENOENT, as below /proc.
 */
export function makeFolder(path: string, mode = 0o777): void {
  const missing: string[] = []
  for (let at = resolve(path); !existsSync(at); at = dirname(at)) missing.unshift(at)
  for (const folder of missing) {
    try {
      mkdirSync(folder, { mode })
    } catch (error) {
      // Another process may have made it just now.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
  if (statSync(path).isDirectory()) return
  throw Object.assign(new Error(`${path} is not a folder`), { code: 'ENOTDIR', path })
}

/**
 * Makes the folder that is to hold a content, before anything is paid; its path, taken from where
 * the command line begins. Refuses as not-writable.
 */
export function prepareFolder(
  { folder: from }: { readonly folder: string },
  path: string,
): string | Refusal {
  const folder = resolve(from, path)
  try {
    makeFolder(folder)
    accessSync(folder, constants.W_OK | constants.X_OK)
    return folder
  } catch (error) {
    const why = reasonOf(error)
    return refuse('not-writable', `${folder} cannot be written: ${why}; choose another --out`)
  }
}

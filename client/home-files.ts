/**
 * Files of a home, read without waiting for anybody. shared/ touches no files, so the other program
 * has the same in tracker/home-files.ts.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { type Refusal, refuse } from '../shared/errors.js'
import { HOME_FILE_MAX_BYTES } from '../shared/limits.js'
import { reasonOf } from '../shared/thrown.js'

/**
 * Reads a file of at most HOME_FILE_MAX_BYTES as text; refuses as not-readable. A pipe in the place
 * of a file would keep the program waiting for its writer for ever.
 */
export function readHomeFile(path: string): string | Refusal {
  const unread = (why: string): Refusal => refuse('not-readable', `${path}: ${why}`)
  let file: number | undefined
  try {
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    const info = fstatSync(file)
    if (!info.isFile()) return unread('it is not a file')
    if (info.size > HOME_FILE_MAX_BYTES) return unread(`longer than ${HOME_FILE_MAX_BYTES} bytes`)
    return readFileSync(file, 'utf8')
  } catch (error) {
    return unread(reasonOf(error))
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/**
 * Files, a home's and a person's, read without waiting for anybody. shared/ touches no files, so
 * the other program has the same in client/home-files.ts.
 */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'
import { visible } from '../shared/command.js'
import { type Refusal, refuse, refused } from '../shared/errors.js'
import { HOME_FILE_MAX_BYTES } from '../shared/limits.js'
import { reasonOf } from '../shared/thrown.js'

/**
 * Reads a file of at most so many bytes; refuses as not-readable or too-large. A pipe in the place
 * of a file would keep the program waiting for its writer for ever.
 */
export function readWhole(path: string, maxBytes: number): Uint8Array | Refusal {
  const unread = (why: string): Refusal => refuse('not-readable', `${visible(path)}: ${why}`)
  let file: number | undefined
  try {
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    const info = fstatSync(file)
    if (!info.isFile()) return unread('it is not a file')
    if (info.size <= maxBytes) return new Uint8Array(readFileSync(file))
    return refuse('too-large', `${visible(path)}: longer than ${maxBytes} bytes`)
  } catch (error) {
    return unread(reasonOf(error))
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/** Reads a file of at most HOME_FILE_MAX_BYTES as text; refuses as not-readable or too-large. */
export function readHomeFile(path: string): string | Refusal {
  const bytes = readWhole(path, HOME_FILE_MAX_BYTES)
  return refused(bytes) ? bytes : Buffer.from(bytes).toString('utf8')
}

/**
 * Where the vectors and the document lie, seen from the compiled files in dist/test/vectors.
 */
import { fileURLToPath } from 'node:url'

const fromRoot = (path: string): string =>
  fileURLToPath(new URL(`../../../${path}`, import.meta.url))

export const ROOT = fromRoot('')
export const VECTORS = fromRoot('test/vectors')
export const DOCUMENT = fromRoot('docs/PROTOCOL.md')

/** A vector file's text: one line per field would be long, one per vector is hard to read. */
export const written = (value: unknown): string => `${JSON.stringify(value, undefined, 1)}\n`

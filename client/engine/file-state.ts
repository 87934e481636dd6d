/** How a file lies on the disk, in so few bytes that it can be remembered for every file. */
import { createHash } from 'node:crypto'
import type { BigIntStats } from 'node:fs'

/** Bytes of a stamp: enough that two states of one file never share it. */
export const STAMP_BYTES = 8

/** A file as it was found. */
export interface FileState {
  /** Bytes. */
  readonly size: number
  /** STAMP_BYTES that change whenever the file does. */
  readonly stamp: Uint8Array
  /** Whether somebody else has changed it since we first looked, or last wrote. */
  readonly foreign: boolean
}

/** The stamp of what the system tells of a file. */
export function stampOf({ ctimeNs, ino, mtimeNs, size }: BigIntStats): Uint8Array {
  const text = `${size} ${mtimeNs} ${ctimeNs} ${ino}`
  return new Uint8Array(createHash('sha256').update(text).digest().subarray(0, STAMP_BYTES))
}

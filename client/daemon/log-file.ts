/**
 * The file that a daemon in the background writes what it says to, kept within a bound.
 *
 * The daemon's own output is that file, so it cannot be put aside by a new name: what is written
 * after would still go there. It is copied to its older name and emptied instead.
 */
import { copyFileSync, fstatSync, ftruncateSync, readFileSync, type Stats, statSync } from 'node:fs'
import { join } from 'node:path'
import { DAEMON_LOG_MAX_BYTES } from '../../shared/local-limits.js'
import type { Home } from '../home.js'

/** Where a daemon in the background writes what it says. */
export function logPathOf({ folder }: Home): string {
  return join(folder, 'daemon.log')
}

/** Where the lines before those of a log are. */
export function olderLogOf(path: string): string {
  return `${path}.1`
}

/** Bytes of a log; 0 when it is not there. */
export function logSize(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

/** What a log holds behind its first `before` bytes; all of it when it was emptied since. */
export function saidSince(path: string, before: number): string {
  const all = readFileSync(path)
  return all.subarray(all.length < before ? 0 : before).toString('utf8')
}

/** A log that this process writes to. */
export interface OwnLog {
  /** Puts what it holds aside when that is more than DAEMON_LOG_MAX_BYTES. */
  bound(): void
}

/** The log at `path` when an open descriptor of this process writes to it, else undefined. */
export function ownLogOf(path: string, descriptor: number): OwnLog | undefined {
  const known = statSync(path, { throwIfNoEntry: false })
  if (known === undefined || !isSame(known, fstatSync(descriptor))) return undefined
  return { bound: () => bound(path, descriptor) }
}

function isSame(one: Stats, other: Stats): boolean {
  return one.dev === other.dev && one.ino === other.ino
}

function bound(path: string, descriptor: number): void {
  if (fstatSync(descriptor).size <= DAEMON_LOG_MAX_BYTES) return
  try {
    copyFileSync(path, olderLogOf(path))
  } catch {
    // Without room for the copy nothing is lost: it is tried again with the next line.
    return
  }
  // Everything is appended, so that the next line is the first.
  ftruncateSync(descriptor)
}

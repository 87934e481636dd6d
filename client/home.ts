/**
 * The customer's home: one folder (0700) with the identity (0600), the wallet and the lock.
 */
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { stringOption, type Values, visible } from '../shared/command.js'
import { type Refusal, refuse } from '../shared/errors.js'

/** Paths of everything in a home. */
export interface Home {
  readonly folder: string
  readonly identity: string
  readonly wallet: string
  readonly lock: string
  readonly settings: string
  /** How the screens look and what their keys do (client/ui/rc.ts). */
  readonly rc: string
  /** There when the home was exported: it must not be used any more (client/moving.ts). */
  readonly moved: string
  /** There while a home is being imported. */
  readonly importing: string
}

const FILE_MODE = 0o600
/** Permissions of group and others. */
const OTHERS_MODE = 0o077

/** Paths below a home folder. */
export function homeAt(folder: string): Home {
  const path = resolve(folder)
  return {
    folder: path,
    identity: join(path, 'identity.key'),
    wallet: join(path, 'wallet.db'),
    lock: join(path, 'home.lock'),
    settings: join(path, 'config.toml'),
    rc: join(path, 'tui.rc'),
    moved: join(path, 'moved'),
    importing: join(path, 'importing'),
  }
}

/** The home that a verb works on: --home, FLOODGATE_HOME, or the XDG data folder. */
export function homeOf(values: Values, environment: NodeJS.ProcessEnv): Home {
  const given = stringOption(values, 'home') ?? environment.FLOODGATE_HOME
  if (given !== undefined && given !== '') return homeAt(given)
  const data = environment.XDG_DATA_HOME
  const base = data === undefined || data === '' ? join(homedir(), '.local', 'share') : data
  return homeAt(join(base, 'floodgate'))
}

/** Whether nothing of a home is there yet, not even what an export or import left. */
export function isNew({ identity, importing, moved, wallet }: Home): boolean {
  return ![identity, importing, moved, wallet].some((path) => existsSync(path))
}

/** Refuses as home-missing: a verb must not make a home that was mistyped. */
export function noHome({ folder }: Home): Refusal {
  const where = `there is no wallet in ${visible(folder)} (--home names another folder)`
  return refuse('home-missing', `${where}; floodgate register makes one`)
}

/** Refuses as open-to-others a regular file that others can read or write. */
export function readableByUsAlone(path: string): Refusal | undefined {
  const facts = statSync(path)
  if (!facts.isFile() || (facts.mode & OTHERS_MODE) === 0) return undefined
  return refuse('open-to-others', `others can read ${path}: chmod 600 ${path}`)
}

/** Writes a private file so that a crash leaves the old one or the new one, whole. */
export function writeWhole(path: string, content: string | Uint8Array): Refusal | undefined {
  const draft = `${path}.new`
  try {
    const file = openSync(draft, 'w', FILE_MODE)
    try {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    chmodSync(draft, FILE_MODE)
    renameSync(draft, path)
    syncFolder(dirname(path))
    return undefined
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    rmSync(draft, { force: true })
    return refuse(code === 'ENOSPC' ? 'disk-full' : 'not-writable', `${path}: ${message}`)
  }
}

/** Removes a file; durable when it returns. */
export function removeWhole(path: string): void {
  rmSync(path, { force: true })
  syncFolder(dirname(path))
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r')
  fsyncSync(folder)
  closeSync(folder)
}

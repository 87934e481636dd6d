/**
 * Where the socket of a home lies, and who may be behind it: the owner of the home alone.
 *
 * It lies in the home as `floodgate.sock`. The system takes only short names for sockets; where the
 * home's is too long, the socket lies in a private folder of the user's, under a name made from the
 * home's path.
 */
import { existsSync, lstatSync, mkdirSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fromText, toHex } from '../../shared/bytes.js'
import { sha256 } from '../../shared/crypto.js'
import { type Refusal, refuse } from '../../shared/errors.js'
import { LOCAL_PATH_MAX_BYTES } from '../../shared/local-limits.js'
import { reasonOf } from '../../shared/thrown.js'
import type { Home } from '../home.js'

const NAME = 'floodgate.sock'
const FOLDER_MODE = 0o700
const OTHERS_WRITE_MODE = 0o022
/** Hex digits of the home's hash in the name of its socket. */
const HASH_DIGITS = 32

/** Where a home's socket lies. */
export interface Place {
  readonly path: string
  /** The folder that keeps others away from it. */
  readonly folder: string
}

/** The user of this process; undefined where the system knows none. */
const ownUser = (): number | undefined => process.getuid?.()

/** The place of a home's socket. */
export function placeOf({ folder }: Home, environment: NodeJS.ProcessEnv): Place {
  const near = join(folder, NAME)
  if (Buffer.byteLength(near) <= LOCAL_PATH_MAX_BYTES) return { path: near, folder }
  const { XDG_RUNTIME_DIR: runtime } = environment
  const base = runtime === undefined || runtime === '' ? tmpdir() : runtime
  const own = join(base, `floodgate-${ownUser() ?? 'user'}`)
  // Nobody holds a home that is not made yet.
  const real = existsSync(folder) ? realpathSync(folder) : folder
  const hash = toHex(sha256(fromText(real))).slice(0, HASH_DIGITS)
  return { path: join(own, `${hash}.sock`), folder: own }
}

/** Makes the folder of a place where it is missing; refuses as open-to-others, not-writable. */
export function preparePlace({ folder }: Place): Refusal | undefined {
  try {
    mkdirSync(folder, { mode: FOLDER_MODE })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'EEXIST') return refuse('not-writable', `${folder}: ${reasonOf(error)}`)
  }
  return keptByUs(folder)
}

/** Refuses as open-to-others a folder in which somebody else could put another socket. */
function keptByUs(folder: string): Refusal | undefined {
  const facts = lstatSync(folder)
  const user = ownUser()
  if (!facts.isDirectory()) return refuse('open-to-others', `${folder} is not a folder`)
  if (user !== undefined && facts.uid !== user) {
    return refuse('open-to-others', `${folder} belongs to another user`)
  }
  if ((facts.mode & OTHERS_WRITE_MODE) === 0) return undefined
  return refuse('open-to-others', `others can write to ${folder}: chmod 700 ${folder}`)
}

/**
 * Whether our own user's socket lies there: refuses as no-daemon when nothing does, as
 * open-to-others when somebody else may have put it there.
 */
export function trustPlace({ folder, path }: Place): Refusal | undefined {
  try {
    const facts = lstatSync(path)
    if (!facts.isSocket()) return refuse('no-daemon', `${path} is not a socket`)
    const user = ownUser()
    if (user !== undefined && facts.uid !== user) {
      return refuse('open-to-others', `${path} belongs to another user`)
    }
    return keptByUs(folder)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return refuse('no-daemon')
    return refuse('open-to-others', `${path}: ${reasonOf(error)}`)
  }
}

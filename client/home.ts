/**
 * The customer's home: one folder (0700) with the identity key (0600), the wallet and the lock.
 *
 * The identity is made once: an Ed25519 seed, and the key under which the wallet seals what opens
 * money. Its file appears whole or not at all, because a half-written key would be a lost account.
 */
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fromHex, toHex } from '../shared/bytes.js'
import { stringOption, type Values } from '../shared/command.js'
import { type Refusal, refuse, refused } from '../shared/errors.js'
import { KEY_BYTES } from '../shared/keys.js'
import { type HomeLock, lockHome } from './pay/wallet/lock.js'

/** Paths of everything in a home. */
export interface Home {
  readonly folder: string
  readonly identity: string
  readonly wallet: string
  readonly lock: string
  readonly settings: string
}

/** The secrets of an identity, 32 bytes each. */
export interface IdentityKeys {
  /** Of the Ed25519 key that signs. */
  readonly seed: Uint8Array
  /** Seals the wallet's secrets. */
  readonly walletKey: Uint8Array
}

/** First line of the identity file; the second is both keys in hex. */
const HEADING = 'floodgate/1 identity'
const FOLDER_MODE = 0o700
const FILE_MODE = 0o600

/** Paths below a home folder. */
export function homeAt(folder: string): Home {
  const path = resolve(folder)
  return {
    folder: path,
    identity: join(path, 'identity.key'),
    wallet: join(path, 'wallet.db'),
    lock: join(path, 'home.lock'),
    settings: join(path, 'config.toml'),
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

/** Makes the folder when it is missing and locks it for this process. Refusals: not-writable,
 * home-in-use. */
export function takeHome(home: Home): HomeLock | Refusal {
  const made = makePrivateFolder(home.folder)
  return refused(made) ? made : lockHome(home.lock, home.folder)
}

function makePrivateFolder(folder: string): Refusal | undefined {
  try {
    if (existsSync(folder)) return undefined
    mkdirSync(folder, { recursive: true, mode: FOLDER_MODE })
    chmodSync(folder, FOLDER_MODE)
    return undefined
  } catch (error) {
    const { message } = error as Error
    return refuse('not-writable', `${folder} cannot be made: ${message}; choose one with --home`)
  }
}

/**
 * The identity of a home; made on first use from `random`. The caller holds the home's lock.
 * Refusals: not-readable (the file does not hold an identity), not-writable.
 */
export function readIdentity(
  home: Home,
  random: (bytes: number) => Uint8Array,
): IdentityKeys | Refusal {
  if (!existsSync(home.identity)) {
    const text = `${HEADING}\n${toHex(random(2 * KEY_BYTES))}\n`
    const problem = writeWhole(home.identity, text)
    if (problem !== undefined) return problem
  }
  const [heading, digits = ''] = readFileSync(home.identity, 'utf8').trimEnd().split('\n')
  const keys = fromHex(digits)
  if (heading !== HEADING || keys?.length !== 2 * KEY_BYTES) {
    return refuse('not-readable', `${home.identity} does not hold an identity`)
  }
  return { seed: keys.slice(0, KEY_BYTES), walletKey: keys.slice(KEY_BYTES) }
}

/** Writes a private file so that a crash leaves it whole or absent. */
function writeWhole(path: string, text: string): Refusal | undefined {
  const draft = `${path}.new`
  try {
    const file = openSync(draft, 'w', FILE_MODE)
    writeSync(file, text)
    fsyncSync(file)
    closeSync(file)
    renameSync(draft, path)
    const folder = openSync(dirname(path), 'r')
    fsyncSync(folder)
    closeSync(folder)
    return undefined
  } catch (error) {
    return refuse('not-writable', `${path}: ${(error as Error).message}`)
  }
}

/**
 * A home on its way to another machine: one file, always under a passphrase.
 *
 *   floodgate/1 home LF | box (shared/passphrase.ts) of: seed (32) | wallet key (32) | wallet
 *
 * `wallet` is the SQLite file as of one moment. Counters and tokens go on from there, so two homes
 * that both go on would repeat counters and spend tokens twice, which is proof against a member.
 * An export therefore closes its home before the file exists: a crash between the two leaves a home
 * that says so, never two that work.
 */
import { existsSync, rmSync } from 'node:fs'
import { concat, equal, fromText, toHex } from '../shared/bytes.js'
import { visible } from '../shared/command.js'
import { sha256 } from '../shared/crypto.js'
import { Failure, type Refusal, refuse, refused } from '../shared/errors.js'
import { KEY_BYTES } from '../shared/keys.js'
import { EXPORT_MAX_BYTES } from '../shared/limits.js'
import { BOX_RANDOM_BYTES, openBox, sealBox } from '../shared/passphrase.js'
import { formatMoment } from '../shared/words.js'
import { type Home, removeWhole, writeWhole } from './home.js'
import { readWhole } from './home-files.js'
import { type IdentityKeys, joinKeys, splitKeys, writeIdentity } from './identity.js'
import { openWallet } from './pay/wallet/wallet.js'

const KIND = 'floodgate/1 home'
const HEADING = fromText(`${KIND}\n`)

/** What an export was made of. */
export interface Exported {
  readonly bytes: number
  /** SHA-256 of the file, hex. */
  readonly digest: string
}

/** What goes into an export. */
export interface Cargo {
  readonly keys: IdentityKeys
  /** The wallet's SQLite file as of one moment. */
  readonly wallet: Uint8Array
}

/**
 * Closes a home and writes it to a new file. Refusals: not-writable (also when the file exists
 * already), disk-full, too-large; the home goes on after each of them.
 */
export function exportHome(
  home: Home,
  path: string,
  { keys, wallet }: Cargo,
  passphrase: Uint8Array,
  outside: { readonly random: (bytes: number) => Uint8Array; readonly now: () => number },
): Exported | Refusal {
  if (existsSync(path)) return refuse('not-writable', `${path} exists; nothing is written over it`)
  const secret = concat(joinKeys(keys), wallet)
  const box = sealBox(KIND, passphrase, secret, outside.random(BOX_RANDOM_BYTES))
  const file = concat(HEADING, box)
  if (file.length > EXPORT_MAX_BYTES) return refuse('too-large', 'the wallet is too large to move')
  const day = formatMoment(outside.now())
  const closed = writeWhole(home.moved, `to ${visible(path)} at ${day}\n`)
  if (closed !== undefined) return closed
  const problem = writeWhole(path, file)
  if (problem === undefined) return { bytes: file.length, digest: toHex(sha256(file)) }
  // It may lie there whole, when only its folder could not be synced: then two homes could go on.
  rmSync(path, { force: true })
  removeWhole(home.moved)
  return problem
}

/** An export file as it was read. */
export interface Arrived {
  readonly box: Uint8Array
  readonly digest: string
}

/** Reads an export file; refusals: not-readable, too-large, unsupported-version. */
export function readExport(path: string): Arrived | Refusal {
  const file = readWhole(path, EXPORT_MAX_BYTES)
  if (refused(file)) return file
  if (equal(file.subarray(0, HEADING.length), HEADING)) {
    return { box: file.subarray(HEADING.length), digest: toHex(sha256(file)) }
  }
  return refuse('unsupported-version', `${path} was not written by floodgate key export`)
}

/** Opens what readExport read; refusals: passphrase-wrong, malformed, too-large. */
export function unpackExport({ box }: Arrived, passphrase: Uint8Array): Cargo | Refusal {
  const secret = openBox(KIND, passphrase, box)
  if (refused(secret)) return secret
  const keys = splitKeys(secret.subarray(0, 2 * KEY_BYTES))
  if (keys === undefined) return refuse('malformed', 'the export holds no identity')
  return { keys, wallet: secret.subarray(2 * KEY_BYTES) }
}

/** Refuses as home-exists a folder that holds an identity or a wallet: nothing is overwritten. */
export function checkEmpty(home: Home): Refusal | undefined {
  const interrupted = existsSync(home.importing) && !existsSync(home.identity)
  const taken = [home.identity, home.wallet, `${home.wallet}-wal`].find(existsSync)
  if (taken === undefined || interrupted) return undefined
  return refuse('home-exists', `${taken} exists: choose another folder with --home`)
}

/**
 * Puts an export into an empty home; the identity comes last and makes it complete, so that a crash
 * leaves an import that has to be repeated. Refusals: home-exists, not-writable, disk-full,
 * not-readable (a wallet of another version).
 */
export async function importHome(
  home: Home,
  { keys, wallet }: Cargo,
  passphrase: Uint8Array,
  random: (bytes: number) => Uint8Array,
): Promise<Refusal | undefined> {
  const problem =
    checkEmpty(home) ?? writeWhole(home.importing, '') ?? (await putWallet(home, { keys, wallet }))
  if (problem !== undefined) return problem
  const failed = writeIdentity(home, keys, passphrase, random)
  if (failed === undefined) removeWhole(home.importing)
  return failed
}

async function putWallet(home: Home, { keys, wallet }: Cargo): Promise<Refusal | undefined> {
  const remove = () => {
    for (const end of ['', '-wal', '-shm']) rmSync(`${home.wallet}${end}`, { force: true })
  }
  remove()
  const problem = writeWhole(home.wallet, wallet)
  if (problem !== undefined) return problem
  try {
    await openWallet(home.wallet, keys.walletKey).close()
    return undefined
  } catch (error) {
    remove()
    removeWhole(home.importing)
    if (error instanceof Failure) return refuse(error.code, error.message)
    return refuse('not-readable', `the export holds no wallet: ${(error as Error).message}`)
  }
}

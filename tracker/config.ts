/**
 * The provider's home: one folder (0700) with settings, keys (0600 each) and the database.
 *
 * The keys lie in files outside the database, so that its backups hold none; root.key is used by
 * `init` alone and may be moved to a safe.
 */
import { chmodSync, existsSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fromHex, toHex } from '../shared/bytes.js'
import { stringOption, type Values, type Verb } from '../shared/command.js'
import { Failure, type Refusal, refuse, refused } from '../shared/errors.js'
import { type Found, formatSettings, readSettings, withSettings } from '../shared/settings.js'
import { reasonOf } from '../shared/thrown.js'
import { makeFolder } from './folders.js'
import { readHomeFile } from './home-files.js'
import { HEAD, SETTINGS } from './settings.js'

/** What `init` fixed for this provider. */
export interface Config {
  /** Display name of the provider. */
  readonly name: string
  /** Where members reach the tracker, without a slash at the end. */
  readonly url: string
  /** Name of the currency's main unit. */
  readonly currency: string
}

/** Paths of everything in a home. */
export interface Home {
  readonly folder: string
  readonly config: string
  readonly database: string
  readonly lock: string
  /** Key of the vault that seals seeds. */
  readonly vaultKey: string
  readonly keys: string
}

const FOLDER_MODE = 0o700
const FILE_MODE = 0o600

/** Paths below a home folder. */
export function homeAt(folder: string): Home {
  return {
    folder,
    config: join(folder, 'config.toml'),
    database: join(folder, 'tracker.db'),
    lock: join(folder, 'serve.lock'),
    vaultKey: join(folder, 'seal.key'),
    keys: join(folder, 'keys'),
  }
}

/** The home that a verb works on: --home, FLOODGATE_HOME, or the XDG data folder. */
export function homeOf(values: Values, environment: NodeJS.ProcessEnv): Home {
  const given = stringOption(values, 'home') ?? environment.FLOODGATE_HOME
  if (given !== undefined && given !== '') return homeAt(given)
  const data = environment.XDG_DATA_HOME
  const base = data === undefined || data === '' ? join(homedir(), '.local', 'share') : data
  return homeAt(join(base, 'floodgate-tracker'))
}

/** Makes the folders of a home; fails as not-writable. */
export function makeHome(home: Home): void {
  try {
    for (const folder of [home.folder, home.keys]) {
      makeFolder(folder, FOLDER_MODE)
      chmodSync(folder, FOLDER_MODE)
    }
  } catch (error) {
    const text = `${home.folder} cannot be made: ${reasonOf(error)}; choose one with --home`
    throw new Failure(refuse('not-writable', text))
  }
}

/** Whether `init` has completed in this home. */
export function isInitialised(home: Home): boolean {
  return existsSync(home.config)
}

/** Reads the settings; home-missing when init has not been run. */
export function readConfig(home: Home): Config | Refusal {
  const missing = `no tracker in ${home.folder}; run floodgate-tracker init first`
  if (!isInitialised(home)) return refuse('home-missing', missing)
  const found = readSettingsOf(home)
  if (refused(found)) return found
  const [name, url, currency] = ['name', 'url', 'currency'].map((key) => found.get(key)?.value)
  if (name === undefined || url === undefined || currency === undefined) {
    return refuse('not-readable', `${home.config} lacks name, url or currency`)
  }
  return { name: String(name), url: String(url), currency: String(currency) }
}

/** Everything that the settings file of a home says. Refusals: usage, not-readable. */
export function readSettingsOf(home: Home): ReadonlyMap<string, Found> | Refusal {
  const text = readHomeFile(home.config)
  return refused(text) ? text : readSettings(text, home.config, SETTINGS)
}

/** Adds the settings of the home that the command line means; for `Program.settle`. */
export function settle(
  values: Values,
  verb: Verb<never>,
  environment: NodeJS.ProcessEnv,
): Values | Refusal {
  const home = homeOf(values, environment)
  // What init names is new; no setting stands in for it.
  if (verb.name === 'init' || !isInitialised(home)) return values
  const found = readSettingsOf(home)
  return refused(found) ? found : withSettings(values, found, verb.options)
}

/**
 * Writes the settings, all but `config` commented out: the last step of init, by which a home
 * counts as complete.
 */
export function writeConfig(home: Home, { name, url, currency }: Config): void {
  const text = formatSettings(HEAD, SETTINGS, { name, url, currency })
  writePrivate(`${home.config}.new`, text)
  renameSync(`${home.config}.new`, home.config)
}

/** Writes a file that only the owner reads. */
export function writePrivate(path: string, text: string): void {
  writeFileSync(path, text, { mode: FILE_MODE })
  chmodSync(path, FILE_MODE)
}

/** Writes a key of 32 bytes as a line of hex digits. */
export function writeKey(path: string, key: Uint8Array): void {
  writePrivate(path, `${toHex(key)}\n`)
}

/** Reads a key of 32 bytes; refuses as not-readable what is not one. */
export function readKey(path: string): Uint8Array | Refusal {
  const text = existsSync(path) ? readHomeFile(path) : ''
  if (refused(text)) return text
  const key = fromHex(text.trim())
  if (key?.length === 32) return key
  return refuse('not-readable', `${path} does not hold a key of 64 hex digits`)
}

/** Reads several keys at once. */
export function readKeys(paths: readonly string[]): Uint8Array[] | Refusal {
  const keys: Uint8Array[] = []
  for (const path of paths) {
    const key = readKey(path)
    if (refused(key)) return key
    keys.push(key)
  }
  return keys
}

/**
 * Opening a home's identity: made on first use, unsealed with the person's passphrase, refused when
 * the home has moved to another machine.
 */
import { existsSync, readFileSync } from 'node:fs'
import { fail, type Input, visible } from '../shared/command.js'
import { must, type Refusal, refuse, refused } from '../shared/errors.js'
import { PASSPHRASE_MIN_CHARACTERS } from '../shared/limits.js'
import type { Home } from './home.js'
import {
  createKeys,
  type IdentityKeys,
  readIdentity,
  unsealIdentity,
  writeIdentity,
} from './identity.js'
import {
  type Asked,
  chosenPassphrase,
  currentPassphrase,
  hasPassphraseOption,
  PASSPHRASE_TRIES,
} from './passphrase-source.js'
import type { Terminal } from './ui/terminal.js'

/** What opening takes from outside. */
export interface Surroundings {
  readonly random: (bytes: number) => Uint8Array
  readonly terminal: Terminal
  readonly stop: AbortSignal
}

/** An identity that was opened, and the passphrase that opened it. */
export interface OpenIdentity {
  readonly keys: IdentityKeys
  /** Undefined when the identity is not sealed. */
  readonly passphrase: Uint8Array | undefined
}

/** Who can be asked for a passphrase when a verb runs. */
export function askedBy({ report, values }: Input, { stop, terminal }: Surroundings): Asked {
  return { values, json: report.json, terminal, stop }
}

/** Refuses as home-moved what was exported, with the way on. */
export function hasMoved(home: Home): Refusal | undefined {
  if (!existsSync(home.moved)) return undefined
  const where = readFileSync(home.moved, 'utf8').trim()
  return refuse(
    'home-moved',
    `${home.folder} was exported ${where}; floodgate key import goes on elsewhere. ` +
      'Two that go on would pay twice, and that ends a membership. ' +
      'Never imported it? floodgate key reopen',
  )
}

/**
 * The identity of a home for one verb; the caller holds the home's lock. Fails as home-moved,
 * not-readable, open-to-others, passphrase-needed, passphrase-wrong, interrupted, not-writable.
 */
export async function openIdentity(
  home: Home,
  input: Input,
  surroundings: Surroundings,
): Promise<OpenIdentity> {
  const moved = hasMoved(home)
  if (moved !== undefined) must(moved)
  const file = must(readIdentity(home))
  if (file === undefined) return firstIdentity(home, input, surroundings)
  if (!file.sealed) {
    if (hasPassphraseOption(input.values)) tellSealed(input, home, false)
    return { keys: file.keys, passphrase: undefined }
  }
  return unseal(file.box, input, surroundings)
}

/** Opens a sealed identity; who types the passphrase may mistype it. */
async function unseal(
  box: Uint8Array,
  input: Input,
  surroundings: Surroundings,
): Promise<OpenIdentity> {
  const asked = askedBy(input, surroundings)
  const typed = !hasPassphraseOption(input.values)
  let again = ''
  for (let tries = typed ? PASSPHRASE_TRIES : 1; ; tries--) {
    const passphrase = must(await currentPassphrase(asked, again))
    const keys = unsealIdentity(box, passphrase)
    if (!refused(keys)) return { keys, passphrase }
    if (keys.code !== 'passphrase-wrong' || tries === 1) must(keys)
    again = 'that is not the passphrase of this wallet; nothing was changed. '
  }
}

async function firstIdentity(
  home: Home,
  input: Input,
  surroundings: Surroundings,
): Promise<OpenIdentity> {
  if (existsSync(home.importing)) {
    fail('home-missing', 'an import was not finished: floodgate key import FILE once more')
  }
  if (existsSync(home.wallet)) {
    fail('not-readable', `${home.identity} is missing, and ${home.wallet} is of no use without it`)
  }
  const { random } = surroundings
  const { folder } = home
  input.report.event({ event: 'new-home', folder }, `a home is made in ${visible(folder)}`)
  const least = `${PASSPHRASE_MIN_CHARACTERS} characters or more`
  const question = `Passphrase for the new key, ${least} (empty: keep it unsealed)`
  const asked = askedBy(input, surroundings)
  const chosen = must(await chosenPassphrase(asked, 'passphrase', question))
  const keys = createKeys(random)
  const problem = writeIdentity(home, keys, chosen, random)
  if (problem !== undefined) must(problem)
  tellSealed(input, home, chosen !== undefined)
  return { keys, passphrase: chosen }
}

/** Says whether the identity lies open. */
export function tellSealed({ report }: Input, home: Home, sealed: boolean): void {
  const line = sealed
    ? `the key in ${home.identity} is sealed under the passphrase; without it nobody can help`
    : `the key in ${home.identity} is not sealed: whoever can read the file has the account; ` +
      'floodgate key passphrase seals it'
  report.event({ event: 'identity', sealed }, line)
}

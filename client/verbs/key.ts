/** `key`: the identity itself: shown, sealed, and carried to another machine. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { toHex } from '../../shared/bytes.js'
import { verifyMember } from '../../shared/certificate.js'
import { byWord, fail, type Input, type Verb, visible } from '../../shared/command.js'
import { sha256 } from '../../shared/crypto.js'
import { must, refused } from '../../shared/errors.js'
import { spkiOf } from '../../shared/keys.js'
import { formatMoment } from '../../shared/words.js'
import { asCustomer, asCustomerAlone, type Context, type Customer } from '../customer.js'
import { type Home, homeOf, removeWhole } from '../home.js'
import { takeHome } from '../home-lock.js'
import { writeIdentity } from '../identity.js'
import { checkEmpty, exportHome, importHome, readExport, unpackExport } from '../moving.js'
import { askedBy, hasMoved, tellSealed } from '../opening.js'
import { NEW_PASSPHRASE_OPTIONS } from '../passphrase-options.js'
import {
  chosenPassphrase,
  currentPassphrase,
  passphraseOption,
  type Which,
} from '../passphrase-source.js'
import type { ProviderRow } from '../pay/wallet/providers.js'

type Result = Readonly<Record<string, unknown>>

/** A passphrase that a verb cannot do without; fails as passphrase-needed. */
async function required(
  input: Input,
  context: Context,
  which: Which,
  what: string,
): Promise<Uint8Array> {
  const chosen = must(await chosenPassphrase(askedBy(input, context), which, what))
  if (chosen !== undefined) return chosen
  return fail('passphrase-needed', `${what}: give --${which}-file FILE or --${which}-fd N`)
}

/** A membership as it is reported; a certificate that does not verify has a problem instead. */
interface Membership extends Result {
  readonly problem?: string
  readonly validUntil?: string | null
}

function membershipOf(customer: Customer, row: ProviderRow): Membership {
  const { certificate, clockOffset, fingerprint, issuer, name, root, uid, url } = row
  const known = { provider: name, url, fingerprint, uid }
  if (certificate === null || issuer === null) return { ...known, validUntil: null }
  const nowMs = customer.now() + clockOffset
  const checked = verifyMember({ leaf: certificate, issuing: issuer, root, nowMs })
  if (refused(checked)) return { ...known, problem: checked.message }
  const { notAfterMs, notBeforeMs, serial } = checked
  const day = (ms: number) => new Date(ms).toISOString()
  return { ...known, serial, validFrom: day(notBeforeMs), validUntil: day(notAfterMs) }
}

function show(input: Input, context: Context): Promise<Result> {
  return asCustomer(input, context, async (customer) => {
    const { report } = input
    const key = toHex(sha256(spkiOf(customer.publicKey)))
    const sealed = customer.passphrase !== undefined
    report.line(`key ${key}`)
    tellSealed(input, customer.home, sealed)
    for (const row of customer.wallet.providers.all()) {
      const membership = membershipOf(customer, row)
      const { problem, validUntil = null } = membership
      const who = row.uid === null ? 'not a member yet' : `member ${row.uid}`
      report.event(
        { event: 'membership', ...membership },
        `${visible(row.name)} at ${row.url}, ${who}`,
      )
      report.line(`  fingerprint ${row.fingerprint}`)
      const day = (text: string) => formatMoment(Date.parse(text))
      const until =
        validUntil === null ? 'not here yet' : `until ${day(validUntil)}; it is renewed by itself`
      report.line(`  certificate ${problem === undefined ? until : `not valid: ${problem}`}`)
    }
    return { key, sealed }
  })
}

function passphrase(input: Input, context: Context): Promise<Result> {
  return asCustomerAlone(input, context, async (customer) => {
    const { home } = customer
    const chosen =
      input.values.remove === true
        ? undefined
        : await required(input, context, 'new-passphrase', 'New passphrase')
    const problem = writeIdentity(home, customer.keys, chosen, context.random)
    if (problem !== undefined) must(problem)
    tellSealed(input, home, chosen !== undefined)
    return { sealed: chosen !== undefined }
  })
}

function exportTo(input: Input, context: Context): Promise<Result> {
  return asCustomerAlone(input, context, async (customer) => {
    const { report, values } = input
    const { home, keys, wallet } = customer
    const [, file = ''] = input.positionals
    const path = resolve(context.folder, file)
    const given = passphraseOption(values, 'new-passphrase')
    const chosen =
      must(given) ??
      customer.passphrase ??
      (await required(input, context, 'new-passphrase', 'Passphrase for the file'))
    const cargo = { keys, wallet: wallet.image() }
    const { bytes, digest } = must(exportHome(home, path, cargo, chosen, context))
    report.line(`${visible(path)}: ${bytes} bytes, SHA-256 ${digest}`)
    report.line('on the other machine: floodgate key import FILE, with the same passphrase')
    report.line(`${home.folder} is closed: only one of the two may go on`)
    return { file: path, bytes, digest }
  })
}

/** Does something with a home that is locked and not opened. */
async function withHome(
  { values }: Input,
  { environment }: Context,
  job: (home: Home) => Promise<Result>,
): Promise<Result> {
  const home = homeOf(values, environment)
  const lock = must(takeHome(home))
  try {
    return await job(home)
  } finally {
    lock.release()
  }
}

function importFrom(input: Input, context: Context): Promise<Result> {
  const [, path = ''] = input.positionals
  return withHome(input, context, async (home) => {
    const { report } = input
    const taken = hasMoved(home) ?? checkEmpty(home)
    if (taken !== undefined) must(taken)
    const arrived = must(readExport(path))
    const given = must(await currentPassphrase(askedBy(input, context)))
    const cargo = must(unpackExport(arrived, given))
    const problem = await importHome(home, cargo, given, context.random)
    if (problem !== undefined) must(problem)
    const { digest } = arrived
    report.line(`imported into ${home.folder}, SHA-256 ${digest}; sealed under the same passphrase`)
    report.line('the machine it comes from must not go on with its copy; the file can be deleted')
    return { home: home.folder, digest }
  })
}

/** Takes an export back, when the person says that it was never imported. */
function reopen(input: Input, context: Context): Promise<Result> {
  const { folder, moved } = homeOf(input.values, context.environment)
  if (!existsSync(moved)) fail('usage', `${folder} was not exported`)
  return withHome(input, context, async (home) => {
    await confirmReopening(input, context)
    removeWhole(home.moved)
    input.report.line(`${home.folder} goes on; delete the exported file, never import it`)
    return { home: home.folder }
  })
}

async function confirmReopening({ report, values }: Input, context: Context): Promise<void> {
  if (values.yes === true) return
  const { stop, terminal } = context
  const way = 'add --yes when the exported file was never imported'
  if (!terminal.interactive || report.json) fail('not-confirmed', `still closed: ${way}`)
  const answer = await terminal.ask('Was the exported file never imported anywhere? [y/N] ', stop)
  if (answer === undefined) fail('interrupted')
  if (!/^y(es)?$/i.test(answer)) fail('not-confirmed', 'still closed')
}

export const key: Verb<Context> = {
  name: 'key',
  summary: 'show the key, seal it under a passphrase, or carry everything to another machine',
  usage: '[show] | passphrase [--remove] | export FILE | import FILE | reopen [--yes]',
  options: {
    ...NEW_PASSPHRASE_OPTIONS,
    remove: { type: 'boolean', help: 'keep the key unsealed from now on' },
    yes: { type: 'boolean', help: 'reopen: the exported file was never imported anywhere' },
  },
  examples: ['', 'passphrase', 'export backup.fgk', 'import backup.fgk'],
  run: byWord({ show, passphrase, export: exportTo, import: importFrom, reopen }, 'show'),
}

/** `complain`: what buyers owe, as a bundle that anybody can check, and as a case (D12). */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { BUNDLE_MAX_BYTES } from '../../shared/case-limits.js'
import {
  byWord,
  fail,
  type Input,
  requiredOption,
  type Verb,
  visible,
} from '../../shared/command.js'
import { must, refused } from '../../shared/errors.js'
import { parseUid, type Uid } from '../../shared/identifier.js'
import { PAYMENT_DUE_MS } from '../../shared/limits.js'
import { readBundle } from '../../shared/mediation/bundle.js'
import { formatMoment } from '../../shared/words.js'
import {
  type Context,
  type Customer,
  certified,
  chooseProviders,
  TRACKER_OPTION,
} from '../customer.js'
import { readWhole } from '../home-files.js'
import { complaintOf, type DueDebt, dueDebts } from '../pay/complaining.js'
import type { Provider } from '../pay/provider.js'
import { formatRecords } from '../ui/table.js'
import { acting, actingOn } from './acting.js'
import { tellCase } from './case-reports.js'

/** A debt and whose member owes it. */
interface Owed {
  readonly provider: Provider
  readonly debt: DueDebt
}

function owedIn(customer: Customer, { values }: Input): Owed[] {
  return must(chooseProviders(customer, values)).flatMap((provider) =>
    dueDebts(customer.wallet, provider).map((debt) => ({ provider, debt })),
  )
}

const NOBODY = `nobody owes you a payment that is overdue: older than ${PAYMENT_DUE_MS / 1000} s`

function list(customer: Customer, input: Input) {
  const owed = owedIn(customer, input)
  for (const { debt, provider } of owed) {
    const { buyer, cid, counter, pieces, rid, since } = debt
    const { fingerprint } = provider.row
    input.report.event({ event: 'debt', fingerprint, buyer, cid, rid, counter, pieces, since })
  }
  const records = owed.map(({ debt }) => ({
    row: [debt.buyer, String(debt.pieces.length), formatMoment(debt.since)],
    below: `content ${debt.cid}`,
  }))
  if (records.length === 0) input.report.line(NOBODY)
  const head = ['BUYER', 'PIECES', 'SINCE']
  for (const line of formatRecords(head, records, { right: [1] })) input.report.line(line)
  return { debts: owed.length }
}

/** The debts of a buyer; fails when there is none, so that nobody thinks a complaint was made. */
function owedBy(customer: Customer, input: Input, buyer: Uid): Owed[] {
  const owed = owedIn(customer, input).filter(({ debt }) => debt.buyer === buyer)
  if (owed.length > 0) return owed
  return fail('not-owed', `${buyer} owes nothing that is overdue; floodgate complain list`)
}

function bundleOf(customer: Customer, { debt, provider }: Owed): Uint8Array {
  const { privateKey, wallet } = customer
  const signer = { fingerprint: provider.row.fingerprint, privateKey }
  return must(complaintOf(debt, provider, wallet, signer))
}

/** Whose debts are written, and where to. */
interface Written {
  readonly buyer: Uid
  readonly out: string
}

function writtenOf(what: string, input: Input, { folder }: Context): Written {
  const buyer = parseUid(what)
  if (refused(buyer)) return fail('usage', `"${visible(what)}" is not a uid of 32 hex digits`)
  return { buyer, out: resolve(folder, requiredOption(input, complain, 'out')) }
}

/** Writes the bundles of a buyer's debts to a folder; nobody is told of them. */
async function write(customer: Customer, input: Input, { buyer, out }: Written) {
  const paths: string[] = []
  for (const owed of owedBy(customer, input, buyer)) {
    const { counter, rid } = owed.debt
    const path = join(out, `complaint-${rid}-${counter}.bundle`)
    const bundle = bundleOf(customer, owed)
    mkdirSync(out, { recursive: true })
    writeFileSync(path, bundle, { mode: 0o600 })
    paths.push(path)
    input.report.event({ event: 'bundle', path, rid, counter, bytes: bundle.length }, path)
  }
  return { bundles: paths.length }
}

/** Files a bundle; the desk answers with its case, the same one when it was filed before. */
async function fileOne(
  customer: Customer,
  input: Input,
  provider: Provider,
  bundle: Uint8Array,
): Promise<void> {
  await certified(customer, provider)
  const answer = must(await provider.call('complain', { bundle }))
  tellCase(input.report, answer.body)
}

async function fileDebts(customer: Customer, input: Input, buyer: Uid) {
  const owed = owedBy(customer, input, buyer)
  for (const each of owed) {
    await fileOne(customer, input, each.provider, bundleOf(customer, each))
  }
  return { cases: owed.length }
}

/** A bundle that was written before, and what a person called it. */
interface Filed {
  readonly bundle: Uint8Array
  readonly path: string
}

function filedOf(path: string, _input: Input, { folder }: Context): Uid | Filed {
  const buyer = parseUid(path)
  if (!refused(buyer)) return buyer
  const bundle = readWhole(resolve(folder, path), BUNDLE_MAX_BYTES)
  if (!refused(bundle)) return { bundle, path }
  const neither = `"${visible(path)}" is neither a uid (32 hex digits) nor a bundle`
  return fail(bundle.code, `${neither} that can be read: ${bundle.message}`)
}

async function fileBundle(customer: Customer, input: Input, { bundle, path }: Filed) {
  for (const provider of must(chooseProviders(customer, input.values))) {
    const read = readBundle(bundle, provider.row.fingerprint)
    if (refused(read) && read.code === 'wrong-provider') continue
    if (refused(read)) fail(read.code, `${visible(path)} is no valid bundle: ${read.message}`)
    await fileOne(customer, input, provider, bundle)
    return { cases: 1 }
  }
  return fail('wrong-provider', `${visible(path)} is of a provider that this home does not know`)
}

/** Files what a buyer owes, or a bundle that was written before. */
function file(customer: Customer, input: Input, what: Uid | Filed) {
  if (typeof what === 'string') return fileDebts(customer, input, what)
  return fileBundle(customer, input, what)
}

export const complain: Verb<Context> = {
  name: 'complain',
  summary: 'what buyers owe you for pieces they got; write it as evidence, or file a complaint',
  usage: '[list] | file BUYER-or-FILE | write BUYER --out DIR',
  options: {
    out: { type: 'string', value: 'DIR', help: 'folder for the bundles of write' },
    ...TRACKER_OPTION,
  },
  examples: [
    '',
    'write 0123456789abcdef0123456789abcdef --out evidence',
    'file 0123456789abcdef0123456789abcdef',
    'file evidence/complaint-0123456789abcdef0123456789abcdef-7.bundle',
  ],
  run: byWord(
    {
      list: acting(async (customer, input) => list(customer, input)),
      file: actingOn(filedOf, file),
      write: actingOn(writtenOf, write),
    },
    'list',
  ),
}

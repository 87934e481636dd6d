/** What `get` does with each content: buys it when it is not free, fetches it, sums it up. */
import { resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { formatAmount } from '../../shared/amount.js'
import { fail, type Input, stringOption, visible } from '../../shared/command.js'
import { must, type Refusal, refuse, refused } from '../../shared/errors.js'
import { SETTLE_MS } from '../../shared/limits.js'
import { type Customer, certified } from '../customer.js'
import type { Household } from '../daemon/household.js'
import { worksAgain } from '../daemon/mending.js'
import { chooseFiles, nameOf, type Selection } from '../engine/selection.js'
import type { BoughtRow } from '../pay/wallet/grants.js'
import type { Content } from '../trade/content.js'
import { deliveredFiles } from '../trade/delivered.js'
import { keepContent, purchase } from '../trade/purchase.js'
import { restock } from '../trade/restock.js'
import { tallyOf } from '../trade/tally.js'
import type { Trade } from '../trade/trade.js'
import { formatBytes } from '../ui/format.js'

const SETTLE_POLL_MS = 20
const ENDED = 'it was paused or removed meanwhile; resume it, or run the same command again'

/** A guest's contents stay in the household, and whoever goes away is told so. */
export const STAYS = 'it goes on, fetching or selling, in the floodgate that holds this home'

/** One content on its way. */
export interface Download {
  readonly content: Content
  readonly folder: string
  readonly chosen: Selection
  /** What it was bought with by now; pieces bought alone come to it. */
  readonly grants: BoughtRow[]
  readonly trade: Promise<Trade | Refusal>
  /** Resolves when the content is complete, or with what ended it before. */
  readonly complete: Promise<Complete | Refusal>
}

/** A content that is complete. */
export interface Complete {
  /** How long it took. */
  readonly seconds: number
  /** At work with it now: after a full disk another one than the first. */
  readonly trade: Trade
}

/** What a download asks for, and what it is told of while it lasts. */
export interface Cargo extends Pick<Download, 'content' | 'folder' | 'chosen' | 'grants'> {
  /** Told of a full disk for which it waits; undefined: it goes on. Without, it ends there. */
  readonly waits?: ((problem: Refusal | undefined) => void) | undefined
}

/**
 * The folder for what is new here: --out, else that of the floodgate that holds the home. Fails as
 * usage.
 */
export function outFolder(household: Household, { folder }: Customer, { values }: Input): string {
  const given = stringOption(values, 'out')
  if (given !== undefined) return resolve(folder, given)
  const kept = stringOption(household.values, 'out')
  if (kept !== undefined) return resolve(household.customer.folder, kept)
  return fail('usage', '--out DIR is missing: the folder for the files; config.toml can set it')
}

/** The files that are meant: by --files, else those of last time. Fails as usage. */
export function selectionOf(
  customer: Customer,
  { values }: Input,
  { metainfo }: Content,
): Selection {
  const { files } = values
  if (!Array.isArray(files)) return customer.wallet.contents.chosen(metainfo.cid)
  return must(chooseFiles(metainfo, files.map(String)))
}

/** Fails as usage when a content is at work in another folder: there its files are, and stay. */
function refuseElsewhere({ household }: Customer, { metainfo }: Content, folder: string): void {
  const at = household?.find(metainfo.cid)?.folder
  if (at === undefined || at === folder) return
  fail('usage', `this content is at work in ${visible(at)}; remove it first`)
}

/**
 * Buys a paid content unless it is bought; the wallet remembers where it lies, and what of it.
 * Fails as usage when it is at work in another folder, and as purchase does.
 */
export async function acquire(
  customer: Customer,
  input: Input,
  content: Content,
  folder: string,
  chosen: Selection,
): Promise<BoughtRow[]> {
  const { metainfo, torrent } = content
  const { cid, files } = metainfo
  const { contents } = customer.wallet
  refuseElsewhere(customer, content, folder)
  if (!content.paid) {
    contents.put({ cid, fingerprint: null, torrent, folder })
    contents.choose(cid, chosen)
    return []
  }
  await certified(customer, content.provider)
  const whole = `the price is for all ${files.length} files, also those that you leave out`
  const note = chosen === undefined ? {} : { note: whole }
  const consent = { yes: input.values.yes === true, report: input.report, ...note }
  const { grants } = await purchase(customer, content, consent)
  // Somebody may have taken it up while the question was open.
  refuseElsewhere(customer, content, folder)
  keepContent(customer, content, folder)
  contents.choose(cid, chosen)
  return [...grants]
}

/** Begins to fetch what is acquired. */
export function begin(
  household: Household,
  customer: Customer,
  input: Input,
  { waits, ...cargo }: Cargo,
): Download {
  const sequential = input.values.sequential === true
  const trade = household.take({ ...cargo, origin: 'person', cut: true, sequential })
  const download = { ...cargo, trade }
  const complete = completion(household, customer, input, { ...download, waits })
  return { ...download, complete }
}

async function completion(
  household: Household,
  customer: Customer,
  input: Input,
  download: Omit<Download, 'complete'> & Pick<Cargo, 'waits'>,
): Promise<Complete | Refusal> {
  const { monotonic, stop } = customer
  const { content, waits } = download
  const started = monotonic()
  let trade = await download.trade
  for (;;) {
    const problem = refused(trade)
      ? trade
      : await ended(household, customer, input, download, trade)
    if (problem === undefined && !refused(trade)) {
      return { seconds: (monotonic() - started) / 1000, trade }
    }
    if (waits === undefined || problem?.code !== 'disk-full') return problem as Refusal
    waits(problem)
    trade = await worksAgain(household, trade, content.metainfo.cid, stop)
    waits(undefined)
  }
}

/** How the fetching of one trade ended; undefined when all is there. */
async function ended(
  household: Household,
  customer: Customer,
  input: Input,
  { content, grants, waits }: Pick<Cargo, 'content' | 'grants' | 'waits'>,
  trade: Trade,
): Promise<Refusal | undefined> {
  const done = new AbortController()
  const left = household.ended(trade).then(() => refuse('interrupted', ENDED))
  const ends: Promise<Refusal | undefined>[] = [trade.finished, left]
  if (content.paid) {
    const over = AbortSignal.any([done.signal, customer.stop])
    const consent = { yes: input.values.yes === true, report: input.report }
    const bought = (row: BoughtRow) => grants.push(row)
    const stocked = restock({ customer, content, trade, consent, bought, waits }, over)
    ends.push(stocked.then((problem) => problem ?? trade.finished))
  }
  try {
    return await Promise.race(ends)
  } finally {
    done.abort()
  }
}

/** Gives sellers that miss our last payments, as after a crash, the time to come for them. */
export async function settle(trade: Trade, { monotonic, stop }: Customer): Promise<void> {
  const deadline = monotonic() + SETTLE_MS
  while (trade.unsettled && monotonic() < deadline && !stop.aborted) {
    await wait(SETTLE_POLL_MS)
  }
}

/** What a complete download brought and cost; its files are read back from the disk. */
export async function summarise(
  customer: Customer,
  { report }: Input,
  { chosen, content, folder }: Download,
  seconds: number,
) {
  const { cid } = content.metainfo
  const files = await deliveredFiles(content.metainfo, folder, chosen)
  const tally = content.paid
    ? tallyOf(content, customer.wallet)
    : { paid: 0n, earned: 0n, pieces: {}, sold: {} }
  for (const { path, sha256 } of files) report.line(`${sha256}  ${visible(path)}`)
  const count = content.metainfo.files.filter(({ padding }) => !padding).length
  if (files.length < count) {
    report.line(`${files.length} of ${count} files, as chosen; --files '*' fetches all`)
  }
  const { earned, paid } = tally
  // What it cost by now, this run or earlier ones: a second get pays nothing.
  const money = `paid ${formatAmount(paid)}, earned ${formatAmount(earned)}`
  report.line(`done in ${seconds.toFixed(1)} s; in all, ${money}`)
  return { cid, files, seconds: Number(seconds.toFixed(3)), ...tally }
}

/** Shows the files of a content with the numbers by which --files takes them. */
export function listFiles({ report }: Input, { metainfo }: Content): void {
  const { cid, files } = metainfo
  const width = String(files.length).length
  for (const [index, { length, padding, path }] of files.entries()) {
    if (padding) continue
    const [number, name] = [index + 1, visible(nameOf(path))]
    report.event(
      { event: 'file', cid, number, name, bytes: length },
      `${String(number).padStart(width)}  ${formatBytes(length).padStart(8)}  ${name}`,
    )
  }
}

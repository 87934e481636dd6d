/** What `get` does with each content: buys it when it is not free, fetches it, sums it up. */
import { setTimeout as wait } from 'node:timers/promises'
import { formatAmount } from '../../shared/amount.js'
import { fail, type Input, visible } from '../../shared/command.js'
import { must, type Refusal, refuse, refused } from '../../shared/errors.js'
import { SETTLE_MS } from '../../shared/limits.js'
import { type Customer, certified } from '../customer.js'
import type { Household } from '../daemon/household.js'
import { chooseFiles, nameOf, type Selection } from '../engine/selection.js'
import type { BoughtRow } from '../pay/wallet/grants.js'
import type { Content } from '../trade/content.js'
import { deliveredFiles } from '../trade/delivered.js'
import { keepContent, purchase } from '../trade/purchase.js'
import { restock } from '../trade/restock.js'
import type { Trade } from '../trade/trade.js'
import { formatBytes } from '../ui/format.js'
import { tallyOf } from './trading.js'

const SETTLE_POLL_MS = 20
const ENDED = 'it was paused or removed meanwhile; resume it, or run the same command again'

/** One content on its way. */
export interface Download {
  readonly content: Content
  readonly folder: string
  readonly chosen: Selection
  /** What it was bought with by now; pieces bought alone come to it. */
  readonly grants: BoughtRow[]
  readonly trade: Promise<Trade | Refusal>
  /** Resolves when the content is complete: how long it took; or with what ended it before. */
  readonly complete: Promise<number | Refusal>
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
  cargo: Pick<Download, 'content' | 'folder' | 'chosen' | 'grants'>,
): Download {
  const sequential = input.values.sequential === true
  const trade = household.take({ ...cargo, origin: 'person', cut: true, sequential })
  const download = { ...cargo, trade }
  return { ...download, complete: completion(household, customer, input, download) }
}

async function completion(
  household: Household,
  customer: Customer,
  input: Input,
  { content, grants, trade }: Omit<Download, 'complete'>,
): Promise<number | Refusal> {
  const { monotonic, stop } = customer
  const started = monotonic()
  const running = await trade
  if (refused(running)) return running
  const done = new AbortController()
  const ended = household.ended(running).then(() => refuse('interrupted', ENDED))
  const ends: Promise<Refusal | undefined>[] = [running.finished, ended]
  if (content.paid) {
    const over = AbortSignal.any([done.signal, stop])
    const consent = { yes: input.values.yes === true, report: input.report }
    const bought = (row: BoughtRow) => grants.push(row)
    const stocked = restock({ customer, content, trade: running, consent, bought }, over)
    ends.push(stocked.then((problem) => problem ?? running.finished))
  }
  const problem = await Promise.race(ends)
  done.abort()
  return problem ?? (monotonic() - started) / 1000
}

/** Gives sellers that miss our last payments, as after a crash, the time to come for them. */
export async function settle(download: Download, { monotonic, stop }: Customer): Promise<void> {
  const trade = await download.trade
  const deadline = monotonic() + SETTLE_MS
  while (!refused(trade) && trade.unsettled && monotonic() < deadline && !stop.aborted) {
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
  const { earned, paid } = tally
  const money = `paid ${formatAmount(paid)}, earned ${formatAmount(earned)} in all`
  report.line(`done in ${seconds.toFixed(1)} s, ${money}`)
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

/** `get`: buys a content when it is not bought yet, fetches it, and sells what it has meanwhile. */
import { accessSync, constants, mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { formatAmount } from '../../shared/amount.js'
import { fail, type Input, stringOption, type Verb, visible } from '../../shared/command.js'
import { Failure, must, Refusal, refuse } from '../../shared/errors.js'
import { SETTLE_MS } from '../../shared/limits.js'
import { reportRenamed } from '../../shared/renamed.js'
import { durationOption, readTradeSettings, TRADE_OPTIONS } from '../config.js'
import { asCustomer, type Context, type Customer, certified, TRACKER_OPTION } from '../customer.js'
import { type Content, findContent } from '../trade/content.js'
import { deliveredFiles } from '../trade/delivered.js'
import { keepContent, purchase } from '../trade/purchase.js'
import { Station } from '../trade/station.js'
import type { Trade } from '../trade/trade.js'
import { startProgress } from '../ui/progress-ticker.js'
import { YES_OPTION } from './buy.js'
import { hashPagesOf, progressOf, stationEvents, stopped, tallyOf } from './trading.js'

const SETTLE_POLL_MS = 20

/** How long to go on as a seller; undefined is no longer than the download. */
function seedTime(input: Input): number | undefined {
  const time = must(durationOption(input.values, 'seed-for'))
  return time ?? (input.values.seed === true ? Number.POSITIVE_INFINITY : undefined)
}

/** Makes the folder that is to hold the content before anything is paid, or says not-writable. */
function prepareFolder(path: string): string | Refusal {
  const folder = resolve(path)
  try {
    mkdirSync(folder, { recursive: true })
    accessSync(folder, constants.W_OK | constants.X_OK)
    return folder
  } catch (error) {
    const { message } = error as Error
    return refuse('not-writable', `${folder} cannot be written: ${message}; choose another --out`)
  }
}

/** Buys a paid content unless it is bought; whatever it is, the wallet remembers where it lies. */
async function acquire(customer: Customer, input: Input, content: Content, folder: string) {
  if (!content.paid) {
    const { metainfo, torrent } = content
    const { cid } = metainfo
    customer.wallet.contents.put({ cid, fingerprint: null, torrent, folder })
    return []
  }
  await certified(customer, content.provider)
  const consent = { yes: input.values.yes === true, report: input.report }
  const { grants } = await purchase(customer, content, consent)
  keepContent(customer, content, folder)
  return grants
}

/** Waits until the trade is complete; throws what ended it before. */
async function completion(trade: Promise<Trade | Refusal>, stop: AbortSignal): Promise<void> {
  const finished = trade.then(async (started) => must((await must(started).finished) ?? started))
  const end = await Promise.race([finished, stopped(stop)])
  if (end === 'stopped') throw new Failure(refuse('interrupted'))
}

/** Gives sellers that miss our last payments, as after a crash, the time to come for them. */
async function settle(trade: Trade, { monotonic, stop }: Customer): Promise<void> {
  const deadline = monotonic() + SETTLE_MS
  while (trade.unsettled && monotonic() < deadline && !stop.aborted) await wait(SETTLE_POLL_MS)
}

/** Goes on as a seller after the download, for a time or until it is stopped. */
async function goOnSeeding(
  input: Input,
  context: Context,
  content: Content,
  failed: Promise<Refusal>,
): Promise<void> {
  const time = seedTime(input)
  if (time === undefined) return
  const { cid, name } = content.metainfo
  const until = Number.isFinite(time) ? 'the time is up' : 'Ctrl-C'
  input.report.event(
    { event: 'complete', cid },
    `${visible(name)} is complete; it is sold until ${until}`,
  )
  const ends: Promise<unknown>[] = [stopped(context.stop), failed]
  if (Number.isFinite(time)) ends.push(wait(time, undefined, { ref: false }))
  const end = await Promise.race(ends)
  if (end instanceof Refusal) must(end)
}

async function fetchContent(
  customer: Customer,
  input: Input,
  content: Content,
): Promise<Readonly<Record<string, unknown>>> {
  const { report, values } = input
  const out =
    stringOption(values, 'out') ??
    fail('usage', '--out DIR is missing: the folder for the files; config.toml can set it')
  const settings = must(readTradeSettings(values))
  const folder = must(prepareFolder(out))
  reportRenamed(report, content.metainfo.files)
  const station = must(await Station.open(customer, settings, stationEvents(report)))
  let seconds = 0
  try {
    const grants = await acquire(customer, input, content, folder)
    report.event(
      { event: 'listening', port: station.port },
      `listening on port ${station.port} for other peers`,
    )
    const spent = grants.reduce((sum, { price }) => sum + price, 0n)
    const started = customer.monotonic()
    const trade = station.add({ content, folder, cut: true, grants })
    const endProgress = startProgress(report, customer.terminal, () =>
      progressOf(station.trades, spent),
    )
    try {
      await completion(trade, customer.stop)
      seconds = (customer.monotonic() - started) / 1000
      await goOnSeeding(input, customer, content, must(await trade).failed)
      await settle(must(await trade), customer)
    } finally {
      endProgress()
    }
  } finally {
    await station.stop()
  }
  const hashPages = hashPagesOf(station.trades)
  return { ...(await summarise(customer, input, content, folder, seconds)), hashPages }
}

async function summarise(
  customer: Customer,
  { report }: Input,
  content: Content,
  folder: string,
  seconds: number,
): Promise<Readonly<Record<string, unknown>>> {
  const { cid } = content.metainfo
  const files = await deliveredFiles(content.metainfo, folder)
  const tally = content.paid
    ? tallyOf(content, customer.wallet)
    : { paid: 0n, earned: 0n, pieces: {}, sold: {} }
  for (const { path, sha256 } of files) report.line(`${sha256}  ${visible(path)}`)
  const { earned, paid } = tally
  report.line(
    `done in ${seconds.toFixed(1)} s, paid ${formatAmount(paid)}, earned ${formatAmount(earned)}`,
  )
  return { cid, files, seconds: Number(seconds.toFixed(3)), ...tally }
}

export const get: Verb<Context> = {
  name: 'get',
  summary: 'fetch a content, buying it first when it is not free; sells what it has meanwhile',
  usage: 'TORRENT-or-CID --out DIR [--yes] [options]',
  options: {
    out: {
      type: 'string',
      value: 'DIR',
      help: 'folder for the files; nothing is written elsewhere',
    },
    ...YES_OPTION,
    seed: { type: 'boolean', help: 'go on as a seller when complete, until Ctrl-C' },
    'seed-for': { type: 'string', value: 'TIME', help: 'go on as a seller for this long, as 10m' },
    ...TRADE_OPTIONS,
    ...TRACKER_OPTION,
  },
  positionals: { min: 1, max: 1 },
  run: (input, context) =>
    asCustomer(input, context, async (customer) => {
      must(durationOption(input.values, 'seed-for'))
      const name = input.positionals[0] as string
      return fetchContent(customer, input, await findContent(customer, input.values, name))
    }),
}

/** `get`: buys contents that are not bought yet, fetches them, and sells what it has meanwhile. */
import { fail, type Input, refusalOf, type Verb, visible } from '../../shared/command.js'
import { Failure, must, refuse, refused } from '../../shared/errors.js'
import { reportRenamed } from '../../shared/renamed.js'
import { counted } from '../../shared/words.js'
import { CAP_OPTIONS } from '../caps.js'
import { DONE_OPTION } from '../chore-options.js'
import { durationOption, TRADE_OPTIONS } from '../config.js'
import { asCustomer, type Context, type Customer, TRACKER_OPTION } from '../customer.js'
import { hooksOf } from '../daemon/done-hook.js'
import type { Household } from '../daemon/household.js'
import { beginMending } from '../daemon/mending.js'
import { type HouseholdJob, inHousehold, type Standing } from '../daemon/serving.js'
import { prepareFolder } from '../folders.js'
import { inTime } from '../pay/timers.js'
import { findContent, misnamed, type Providers, withoutHome } from '../trade/content.js'
import { type Money, moneyFields, moneyText } from '../ui/money.js'
import { startProgress } from '../ui/progress-ticker.js'
import { YES_OPTION } from './buy.js'
import { Downloads } from './downloads.js'
import {
  acquire,
  begin,
  listFiles,
  outFolder,
  STAYS,
  selectionOf,
  settle,
  summarise,
} from './fetching.js'
import {
  hashPagesOf,
  moneyOf,
  only,
  partOf,
  portTeller,
  progressOf,
  stationEvents,
  stopped,
} from './trading.js'

type Result = Readonly<Record<string, unknown>>

/** How long to go on as a seller; undefined is no longer than the download. */
function seedTime(input: Input): number | undefined {
  const time = must(durationOption(input.values, 'seed-for'))
  return time ?? (input.values.seed === true ? Number.POSITIVE_INFINITY : undefined)
}

/** A person waits for a full disk to have room again; a program hears of it, and decides. */
function readsWhatWeSay({ terminal }: Context, { report }: Input): boolean {
  return terminal.interactive && !report.json
}

/** Finds, buys and begins every content that was named. */
async function beginAll(
  household: Household,
  customer: Customer,
  input: Input,
  downloads: Downloads,
  out: string,
): Promise<void> {
  const tellPort = portTeller(input.report, household.station)
  for (const name of new Set(input.positionals)) {
    if (customer.stop.aborted) throw new Failure(refuse('interrupted'))
    try {
      const content = await findContent(customer, input.values, name, household.providers)
      const { cid, files } = content.metainfo
      if (downloads.has(cid)) continue
      const known = input.values.out === undefined ? household.find(cid)?.folder : undefined
      const folder = known ?? must(prepareFolder(customer, out))
      reportRenamed(input.report, files)
      const chosen = selectionOf(customer, input, content)
      tellPort()
      const grants = await acquire(customer, input, content, folder, chosen)
      const patient = household.mending && readsWhatWeSay(customer, input)
      const waits = patient ? downloads.waits.bind(downloads, content) : undefined
      const cargo = { content, folder, chosen, grants, waits }
      downloads.begun.push(begin(household, customer, input, cargo))
    } catch (error) {
      downloads.failed(name, refusalOf(error))
    }
  }
}

/** Waits for each download; says when one is complete and goes on as a seller. */
async function awaitAll(input: Input, downloads: Downloads): Promise<void> {
  const time = seedTime(input)
  const until = time !== undefined && Number.isFinite(time) ? 'the time is up' : 'Ctrl-C'
  await Promise.all(
    downloads.begun.map(async (download) => {
      const { cid, name } = download.content.metainfo
      const complete = await download.complete
      if (refused(complete)) return downloads.failed(name, complete)
      downloads.done.push({ ...complete, download })
      const sold = time === undefined ? '' : `; it is sold until ${until}`
      if (time === undefined && input.positionals.length === 1) return
      input.report.event({ event: 'complete', cid }, `${visible(name)} is complete${sold}`)
    }),
  )
}

/** Goes on as a seller after the downloads, for a time or until it is stopped. */
async function goOnSeeding(input: Input, context: Context, downloads: Downloads): Promise<void> {
  const time = seedTime(input)
  if (time === undefined || downloads.done.length === 0) return
  const failures = downloads.done.map(async ({ download, trade }) => {
    downloads.failed(download.content.metainfo.name, await trade.failed)
  })
  await inTime(time, Promise.race([stopped(context.stop), Promise.all(failures)]))
}

/** Everything from the first connection to the last. */
async function fetchAll(
  household: Household,
  customer: Customer,
  input: Input,
  downloads: Downloads,
  out: string,
): Promise<void> {
  const { report } = input
  const trades = () => downloads.tradesIn(household)
  const cids = () => new Set(trades().map(({ content }) => content.metainfo.cid))
  const hooks = hooksOf(household, input, (cid) => downloads.has(cid))
  const silence = household.listen(only(cids, stationEvents(report)))
  try {
    await beginAll(household, customer, input, downloads, out)
    if (input.values.detach === true) return
    const progress = () => ({
      ...progressOf(trades(), downloads.spent),
      waiting: downloads.waiting.size,
    })
    const each = () => (trades().length > 1 ? trades().map(partOf) : [])
    const endProgress = startProgress(report, customer.terminal, progress, each)
    try {
      const all = awaitAll(input, downloads)
      const end = await Promise.race([all, stopped(customer.stop)])
      if (end === 'stopped') throw new Failure(refuse('interrupted'))
      await goOnSeeding(input, customer, downloads)
      await Promise.all(downloads.done.map(({ trade }) => settle(trade, customer)))
      if (hooks !== undefined) await Promise.race([hooks.idle(), stopped(customer.stop)])
    } finally {
      endProgress()
    }
  } finally {
    silence()
    await hooks?.stop()
  }
}

async function getAll(
  household: Household,
  customer: Customer,
  input: Input,
  standing: Standing,
): Promise<Result> {
  const { report, values } = input
  const out = outFolder(household, customer, input)
  if (values.detach === true && standing === 'owner') {
    fail('usage', '--detach leaves the download to a daemon: floodgate daemon --background first')
  }
  const downloads = new Downloads(input)
  const mends = standing === 'owner' && readsWhatWeSay(customer, input)
  const endMending = mends ? beginMending(household) : undefined
  try {
    try {
      await fetchAll(household, customer, input, downloads, out)
    } finally {
      const mended = endMending?.()
      if (standing === 'owner') await household.stop()
      await mended
    }
    if (values.detach !== true) return await sumUp(household, customer, input, downloads)
    downloads.judge()
    return { begun: downloads.begun.map(({ content }) => content.metainfo.cid) }
  } finally {
    if (standing === 'guest' && downloads.begun.length > 0) report.line(STAYS)
  }
}

/** What all the downloads brought and cost. */
async function sumUp(
  household: Household,
  customer: Customer,
  input: Input,
  downloads: Downloads,
): Promise<Result> {
  const hashPages = hashPagesOf(downloads.tradesIn(household))
  const brought = []
  const money: Money[] = []
  for (const { download, seconds } of downloads.done) {
    const summary = await summarise(customer, input, download, seconds)
    if (input.positionals.length > 1) input.report.event({ event: 'downloaded', ...summary })
    brought.push(summary)
    const { content } = download
    const { earned, paid: spent } = summary
    if (content.paid) money.push(moneyOf(content, { spent, earned }))
  }
  downloads.judge()
  const [only] = brought
  if (only !== undefined && input.positionals.length === 1) return { ...only, hashPages }
  input.report.line(`${counted(brought.length, 'download')}  ${moneyText(money)}`)
  return { downloads: brought.length, ...moneyFields(money), hashPages }
}

/** `--list`: nothing is bought or fetched. */
async function listAll(customer: Customer, input: Input): Promise<undefined> {
  const providers: Providers = new Map()
  for (const name of input.positionals) {
    const content = await findContent(customer, input.values, name, providers)
    const { cid, name: title } = content.metainfo
    if (input.positionals.length > 1) input.report.line(`${cid}  ${visible(title)}`)
    listFiles(input, content)
  }
  return undefined
}

export const get: Verb<Context> = {
  name: 'get',
  summary: 'fetch contents, buying them first when not free; sells what it has meanwhile',
  usage: 'TORRENT-or-CID... --out DIR [--yes] [options]',
  whence: 'floodgate search lists what is sold',
  options: {
    out: {
      type: 'string',
      value: 'DIR',
      help: 'folder for the files; nothing is written elsewhere',
    },
    ...YES_OPTION,
    ...CAP_OPTIONS,
    ...DONE_OPTION,
    files: {
      type: 'string',
      multiple: true,
      value: 'WHICH',
      help: "only these: numbers as of --list (3, 2-5) or names ('*.flac'); kept for next time",
    },
    list: { type: 'boolean', help: 'show the files of the content and end' },
    sequential: { type: 'boolean', help: 'fetch pieces in order, to use the beginning early' },
    detach: { type: 'boolean', help: 'leave the download to the daemon and end' },
    seed: { type: 'boolean', help: 'go on as a seller when complete, until Ctrl-C' },
    'seed-for': { type: 'string', value: 'TIME', help: 'go on as a seller for this long, as 10m' },
    ...TRADE_OPTIONS,
    ...TRACKER_OPTION,
  },
  examples: [
    'album.torrent --out downloads',
    '0123456789abcdef0123456789abcdef01234567 --out downloads --yes --seed',
    'ubuntu.torrent --out downloads',
  ],
  run: async (input, context) => {
    const { positionals, values } = input
    must(durationOption(values, 'seed-for'))
    must(misnamed(context.folder, positionals))
    const without = withoutHome(context.folder, positionals)
    if (values.list === true) {
      return asCustomer(input, context, (customer) => listAll(customer, input), without)
    }
    const fetch: HouseholdJob<Result> = (household, customer, standing) =>
      getAll(household, customer, input, standing)
    return inHousehold(input, context, fetch, without)
  },
}

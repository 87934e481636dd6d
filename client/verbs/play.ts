/** `play`: opens a content in a player while it comes in, buying it first when it is not free. */
import { formatAmount } from '../../shared/amount.js'
import { fail, type Input, stringOption, type Verb, visible } from '../../shared/command.js'
import { must, type Refusal, refused } from '../../shared/errors.js'
import { reportRenamed } from '../../shared/renamed.js'
import { CAP_OPTIONS } from '../caps.js'
import { DONE_OPTION } from '../chore-options.js'
import { TRADE_OPTIONS } from '../config.js'
import { type Context, type Customer, TRACKER_OPTION } from '../customer.js'
import { hooksOf } from '../daemon/done-hook.js'
import type { Household } from '../daemon/household.js'
import { inHousehold, type Standing } from '../daemon/serving.js'
import { setPriorities } from '../daemon/wishes.js'
import { chooseFiles, nameOf, type Selection } from '../engine/selection.js'
import { prepareFolder } from '../folders.js'
import { likelyFile } from '../play/media.js'
import { StreamServer } from '../play/stream-server.js'
import { type Content, findContent, misnamed, withoutHome } from '../trade/content.js'
import { tallyOf } from '../trade/tally.js'
import type { Trade } from '../trade/trade.js'
import { formatBytes } from '../ui/format.js'
import { startProgress } from '../ui/progress-ticker.js'
import { YES_OPTION } from './buy.js'
import { acquire, begin, type Complete, type Download, outFolder, STAYS } from './fetching.js'
import { only, progressOf, stationEvents, stopped } from './trading.js'

/** Players that are looked for on the PATH. */
const PLAYERS = [['mpv'], ['vlc']] as const

/** The file that is meant: by --file, else the one that a player would take. Fails as usage. */
function fileOf({ report, values }: Input, { metainfo }: Content): number {
  const given = stringOption(values, 'file')
  const chosen = given === undefined ? undefined : must(chooseFiles(metainfo, [given]))
  const named = chosen === undefined ? undefined : [...chosen.keys()]
  if (named !== undefined && named.length > 1) {
    fail('usage', `--file "${visible(given ?? '')}" fits ${named.length} files; name one of them`)
  }
  const index = named?.[0] ?? likelyFile(metainfo.files)
  if (index === undefined) fail('usage', 'there is nothing to play in this content')
  const files = metainfo.files.filter(({ padding }) => !padding)
  const name = visible(nameOf(metainfo.files[index]?.path ?? []))
  if (given === undefined && files.length > 1) {
    report.line(`playing ${name}, one of ${files.length} files; --file N plays another`)
  }
  return index
}

/** Where the content lies or is to lie, and what of it is wanted. */
function placeFor(
  household: Household,
  customer: Customer,
  input: Input,
  content: Content,
  index: number,
): { readonly folder: string; readonly chosen: Selection } {
  const { cid, files } = content.metainfo
  const { contents } = customer.wallet
  const kept = household.find(cid)?.folder ?? contents.get(cid)?.folder ?? ''
  if (kept !== '') return { folder: kept, chosen: contents.chosen(cid) }
  const out = outFolder(household, customer, input)
  // Of what is new here only the file that is played is fetched.
  const alone: Selection = files.length === 1 ? undefined : new Map([[index, 'normal']])
  return { folder: must(prepareFolder(customer, out)), chosen: alone }
}

/** Buys what is to be bought, and begins to fetch. */
async function beginPlay(
  household: Household,
  customer: Customer,
  input: Input,
  content: Content,
  index: number,
): Promise<Download> {
  const { cid, files } = content.metainfo
  const { chosen, folder } = placeFor(household, customer, input, content, index)
  reportRenamed(input.report, files)
  const grants = await acquire(customer, input, content, folder, chosen)
  const inOrder = { ...input, values: { ...input.values, sequential: true } }
  const download = begin(household, customer, inOrder, { content, folder, chosen, grants })
  must(await download.trade)
  if (household.find(cid)?.chosen?.has(index) === false) {
    const wanted = [{ number: index + 1, priority: 'normal' }] as const
    must(await setPriorities(household, { cid, files: wanted }))
  }
  return download
}

/** Serves a file of a trade to players. */
async function serveFile(customer: Customer, trade: Trade, index: number): Promise<StreamServer> {
  const { cid, files } = trade.content.metainfo
  const { length = 0, path = [] } = files[index] ?? {}
  const file = {
    ...{ name: path.at(-1) ?? '', length, tag: `${cid}-${index}` },
    read: (start: number, end: number, stop: AbortSignal) =>
      trade.work.read({ index, start, end }, stop),
  }
  return must(await StreamServer.open(file, customer.random))
}

/** Command lines of the players to try, the first that is there is taken. */
function playersOf({ values }: Input, url: string): string[][] {
  const player = stringOption(values, 'player')
  if (player === 'none') return []
  const own = player?.split(/\s+/).filter((word) => word !== '')
  return own === undefined ? PLAYERS.map((words) => [...words, url]) : [[...own, url]]
}

function missing(player: string): string {
  return `the player ${visible(player)} was not found`
}

/** Plays until the player is closed, without one until it is stopped; which player, or what else
 * ended it. */
async function playOn(
  household: Household,
  customer: Customer,
  input: Input,
  trade: Trade,
  { url }: StreamServer,
): Promise<Refusal | string | undefined> {
  const { stop, terminal } = customer
  const over = new AbortController()
  const players = playersOf(input, url)
  const played = terminal.launch(players, AbortSignal.any([stop, over.signal])).then((player) => {
    if (player !== undefined || stop.aborted) return player
    const wanted = stringOption(input.values, 'player')
    if (wanted !== 'none') {
      const which = wanted === undefined ? 'no player was found (mpv, vlc)' : missing(wanted)
      input.report.line(`${which}: open the address above in yours`)
    }
    return stopped(stop).then(() => undefined)
  })
  const gone = household.ended(trade).then(() => undefined)
  const end = await Promise.race([played, trade.failed, gone, stopped(stop).then(() => undefined)])
  over.abort()
  return end
}

/** What is summed up at the end of a play. */
interface Played {
  readonly content: Content
  /** Bytes of what is wanted that are not on the disk. */
  readonly left: number
  /** Bytes that players got. */
  readonly served: number
  readonly tally: { readonly paid: bigint; readonly earned: bigint }
}

/** What is there can be played all the same, so a download that does not go on is only told. */
function tellShortage({ report }: Input, end: Complete | Refusal): void {
  if (!refused(end) || end.code === 'interrupted') return
  const { code, message } = end
  report.event({ event: 'failed', code, message }, message)
}

/** Says what was played, what is missing of it, and what it cost by now. */
function sumUp(
  { report }: Input,
  standing: Standing,
  { content, left, served, tally }: Played,
): void {
  const missing = left === 0 ? 'all of it is here' : `${formatBytes(left)} are missing`
  const { earned, paid } = tally
  const money = content.paid
    ? `; in all, paid ${formatAmount(paid)}, earned ${formatAmount(earned)}`
    : ''
  report.line(`played ${formatBytes(served)}, ${missing}${money}`)
  if (standing === 'guest') report.line(STAYS)
  else if (left > 0)
    report.line('the same command goes on where it stopped, and pays nothing twice')
}

async function playIn(
  household: Household,
  customer: Customer,
  input: Input,
  standing: Standing,
): Promise<Readonly<Record<string, unknown>>> {
  const { positionals, report, values } = input
  const content = await findContent(customer, values, positionals[0] as string, household.providers)
  const { cid, files } = content.metainfo
  const index = fileOf(input, content)
  const cids = new Set([cid])
  const hooks = hooksOf(household, input, (one) => one === cid)
  const silence = household.listen(only(() => cids, stationEvents(report)))
  try {
    const download = await beginPlay(household, customer, input, content, index)
    const trade = must(await download.trade)
    void download.complete.then((end) => tellShortage(input, end))
    const server = await serveFile(customer, trade, index)
    const { length = 0, path = [] } = files[index] ?? {}
    const file = index + 1
    report.event(
      { event: 'stream', cid, file, name: visible(nameOf(path)), bytes: length, url: server.url },
      `${visible(nameOf(path))} (${formatBytes(length)}) at ${server.url}`,
    )
    const endProgress = startProgress(report, customer.terminal, () => progressOf([trade], []))
    const end = await playOn(household, customer, input, trade, server).finally(endProgress)
    await server.close()
    if (refused(end)) must(end)
    if (hooks !== undefined) await Promise.race([hooks.idle(), stopped(customer.stop)])
    const { left } = trade.snapshot()
    if (standing === 'owner') await household.stop()
    const tally = content.paid ? tallyOf(content, customer.wallet) : { paid: 0n, earned: 0n }
    sumUp(input, standing, { content, left, served: server.served, tally })
    const player = typeof end === 'string' ? { player: end } : {}
    return { cid, file, ...player, served: server.served, left, ...tally }
  } finally {
    silence()
    await hooks?.stop()
  }
}

export const play: Verb<Context> = {
  name: 'play',
  summary: 'open a content in a player while it comes in, buying it first when not free',
  usage: 'TORRENT-or-CID [--file N] [--player CMD] [--out DIR] [options]',
  whence: 'floodgate search lists what is sold',
  options: {
    file: {
      type: 'string',
      value: 'WHICH',
      help: "the file: number as of get --list, or name ('*.mkv'); the largest by default",
    },
    player: {
      type: 'string',
      value: 'CMD',
      help: 'program that is given the address; mpv or vlc by default; none only shows it',
    },
    out: {
      type: 'string',
      value: 'DIR',
      help: 'folder for the files of a content that is new here',
    },
    ...YES_OPTION,
    ...CAP_OPTIONS,
    ...DONE_OPTION,
    ...TRADE_OPTIONS,
    ...TRACKER_OPTION,
  },
  examples: [
    'film.torrent --out downloads',
    "0123456789abcdef0123456789abcdef01234567 --file '*.mkv' --player 'mpv --fs'",
  ],
  run: async (input, context) => {
    const { positionals } = input
    must(misnamed(context.folder, positionals))
    return inHousehold(
      input,
      context,
      (household, customer, standing) => playIn(household, customer, input, standing),
      withoutHome(context.folder, positionals),
    )
  },
}

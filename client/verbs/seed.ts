/** `seed`: sells contents that lie on the disk, until Ctrl-C. */
import { readdirSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import {
  fail,
  type Input,
  refusalOf,
  stringOption,
  type Verb,
  visible,
} from '../../shared/command.js'
import { must, type Refusal, refuse, refused } from '../../shared/errors.js'
import type { Cid } from '../../shared/identifier.js'
import { DONE_OPTION } from '../chore-options.js'
import { durationOption, TRADE_OPTIONS } from '../config.js'
import type { Context, Customer } from '../customer.js'
import { hooksOf } from '../daemon/done-hook.js'
import type { Household } from '../daemon/household.js'
import { beginMending, worksAgain } from '../daemon/mending.js'
import { inHousehold, type Standing } from '../daemon/serving.js'
import { takeEach } from '../daemon/taking.js'
import { inTime } from '../pay/timers.js'
import { type Content, findContent, isId, misnamed, withoutHome } from '../trade/content.js'
import { liveGrants } from '../trade/purchase.js'
import { formatBytes } from '../ui/format.js'
import { moneyFields, moneyText } from '../ui/money.js'
import { startProgress } from '../ui/progress-ticker.js'
import { hashPagesOf, only, portTeller, progressOf, stationEvents, stopped } from './trading.js'

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

/** The torrent files that a person names: files as they are, of a folder every *.torrent. */
function torrentPaths({ folder: from }: Context, named: readonly string[]): string[] {
  return named.flatMap((name) => {
    const path = resolve(from, name)
    if (!isFolder(path)) return [path]
    const names = readdirSync(path).filter((each) => each.endsWith('.torrent'))
    return names.sort().map((each) => join(path, each))
  })
}

/** Where a content's files lie: --data, else where get put them, else beside the torrent. */
function folderOf(customer: Customer, content: Content, path: string, data: string | undefined) {
  if (data !== undefined) return resolve(customer.folder, data)
  const { cid } = content.metainfo
  const kept = customer.wallet.contents.get(cid)?.folder ?? ''
  return kept === '' ? dirname(path) : kept
}

/** Takes up one content, noted when that begins; refuses when it cannot be sold from here. */
async function takeUp(
  household: Household,
  customer: Customer,
  input: Input,
  path: string,
  [begun, tellPort]: readonly [Set<Cid>, () => void],
): Promise<Cid | Refusal> {
  const content = await findContent(customer, input.values, path, household.providers)
  const { cid, name, pieceCount } = content.metainfo
  const folder = folderOf(customer, content, path, stringOption(input.values, 'data'))
  if (!isFolder(folder)) {
    return refuse(
      'not-readable',
      `there is no folder ${folder}; say with --data where the files lie`,
    )
  }
  const known = household.find(cid)
  tellPort()
  begun.add(cid)
  const trade = await household.take({ content, folder, origin: 'person' })
  if (refused(trade)) return trade
  const { have } = trade.snapshot()
  const bought = content.paid && liveGrants(customer, content).length > 0
  if (have === 0 && !bought && known === undefined) {
    await household.remove(cid, false)
    return refuse('not-readable', `no piece of ${visible(name)} lies in ${folder}; give --data DIR`)
  }
  const state = have === pieceCount ? 'complete' : `${have} of ${pieceCount} pieces`
  input.report.event(
    { event: 'seeding', cid, name: visible(name), folder, have, pieces: pieceCount },
    `seeding ${visible(name)} from ${folder}: ${state}`,
  )
  return cid
}

/** Takes up every content that can be; the refusal when there is none. */
async function takeUpAll(
  household: Household,
  customer: Customer,
  input: Input,
  begun: Set<Cid>,
): Promise<Refusal | readonly Cid[]> {
  const paths = torrentPaths(customer, input.positionals)
  const tellPort = portTeller(input.report, household.station, '; Ctrl-C stops')
  const taken: Cid[] = []
  let last = refuse('not-readable', `no torrent file in ${input.positionals}`)
  await takeEach(paths, customer.stop, async (path) => {
    const cid = await takeUp(household, customer, input, path, [begun, tellPort]).catch(refusalOf)
    if (!refused(cid)) {
      taken.push(cid)
      return
    }
    last = cid
    if (paths.length === 1) return
    const { code, message } = cid
    input.report.event({ event: 'skipped', path, code, message }, `left out ${path}: ${message}`)
  })
  return taken.length === 0 ? last : taken
}

/**
 * Resolves with why a content is sold no more, and not tried again: nothing else ends it. It may
 * have failed before this is asked, while others were still taken up.
 */
export async function endOf(
  household: Household,
  { report }: Pick<Input, 'report'>,
  cid: Cid,
  stop: AbortSignal,
): Promise<Refusal> {
  let trade = household.find(cid)?.trade ?? (await worksAgain(household, undefined, cid, stop))
  const name = visible(household.find(cid)?.content.metainfo.name ?? '')
  while (!refused(trade)) {
    const { code, message } = await trade.failed
    report.event({ event: 'waiting', cid, code, message }, `${name} rests: ${message}`)
    trade = await worksAgain(household, trade, cid, stop)
    if (!refused(trade)) report.event({ event: 'goes-on', cid }, `${name} is sold again`)
  }
  return trade
}

/** Takes up what was named and sells it until Ctrl-C, the time is up, or nothing is left. */
async function sellOn(
  household: Household,
  customer: Customer,
  input: Input,
  begun: Set<Cid>,
): Promise<void> {
  const { stop } = customer
  const time = must(durationOption(input.values, 'seed-for'))
  const taking = takeUpAll(household, customer, input, begun)
  const taken = await Promise.race([taking, stopped(stop)])
  if (refused(taken)) must(taken)
  if (taken === 'stopped' || stop.aborted) return
  const all = (taken as readonly Cid[]).map((cid) => endOf(household, input, cid, stop))
  const ends = [stopped(stop), Promise.all(all).then(([first]) => first)]
  const end = await inTime(time ?? Number.POSITIVE_INFINITY, Promise.race(ends))
  if (refused(end)) must(end)
}

async function sell(
  household: Household,
  customer: Customer,
  input: Input,
  standing: Standing,
): Promise<Readonly<Record<string, unknown>>> {
  const { report, values } = input
  const { trades: all } = household.station
  must(durationOption(values, 'seed-for'))
  const begun = new Set<Cid>()
  const trades = () => all.filter(({ content }) => begun.has(content.metainfo.cid))
  const heard = stationEvents(report)
  const hooks = hooksOf(household, input, (cid) => begun.has(cid))
  const silence = household.listen(standing === 'owner' ? heard : only(() => begun, heard))
  const endMending = standing === 'owner' ? beginMending(household) : undefined
  try {
    const progress = () => progressOf(trades(), [])
    const endProgress = startProgress(report, customer.terminal, progress)
    try {
      await sellOn(household, customer, input, begun)
      if (hooks !== undefined) await Promise.race([hooks.idle(), stopped(customer.stop)])
    } finally {
      endProgress()
    }
    const { money, uploaded } = progress()
    // What is claimed at the very end is told as well.
    if (standing === 'owner') await household.stop()
    report.line(`sent ${formatBytes(uploaded)}  ${moneyText(money)}`)
    if (standing === 'guest') report.line('the floodgate that holds this home goes on selling')
    return { uploaded, ...moneyFields(money), hashPages: hashPagesOf(trades()) }
  } finally {
    const mended = endMending?.()
    if (standing === 'owner') await household.stop()
    await mended
    silence()
    await hooks?.stop()
  }
}

export const seed: Verb<Context> = {
  name: 'seed',
  summary: 'sell contents that lie on the disk, until Ctrl-C',
  usage: 'PATH... [--data DIR] [options]; PATH is a torrent file or a folder of them',
  options: {
    data: {
      type: 'string',
      value: 'DIR',
      help: 'where the files lie; else where get put them, else beside the torrent',
    },
    'seed-for': { type: 'string', value: 'TIME', help: 'stop by itself after this long' },
    ...DONE_OPTION,
    ...TRADE_OPTIONS,
  },
  examples: ['album.torrent', 'torrents --data /srv/files --port 6881 --up-limit 2MB'],
  run: async (input, context) => {
    const { folder } = context
    const { positionals } = input
    const id = positionals.find((name) => isId(folder, name))
    if (id !== undefined) {
      const how = `floodgate get '${visible(id)}' --out DIR --seed takes an id, and sells it`
      fail('usage', `seed takes torrent files, or folders of them; ${how}`)
    }
    const folders = positionals.some((name) => isFolder(resolve(folder, name)))
    if (!folders) must(misnamed(folder, positionals))
    return inHousehold(
      input,
      context,
      (household, customer, standing) => sell(household, customer, input, standing),
      // Folders are listed for that only where there is no home.
      (home) => withoutHome(folder, torrentPaths(context, positionals))(home),
    )
  },
}

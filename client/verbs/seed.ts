/** `seed`: sells contents that lie on the disk, until Ctrl-C. */
import { readdirSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type Input, refusalOf, stringOption, type Verb, visible } from '../../shared/command.js'
import { must, Refusal, refuse, refused } from '../../shared/errors.js'
import { durationOption, readTradeSettings, TRADE_OPTIONS } from '../config.js'
import { asCustomer, type Context, type Customer, certified } from '../customer.js'
import { type Content, findContent, type Providers } from '../trade/content.js'
import { keepContent, liveGrants } from '../trade/purchase.js'
import { Station } from '../trade/station.js'
import { formatBytes } from '../ui/format.js'
import { moneyFields, moneyText } from '../ui/money.js'
import { startProgress } from '../ui/progress-ticker.js'
import { hashPagesOf, progressOf, stationEvents, stopped } from './trading.js'

/** The torrent files that a person names: files as they are, of a folder every *.torrent. */
function torrentPaths(named: readonly string[]): string[] {
  return named.flatMap((path) => {
    const folder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
    if (!folder) return [path]
    const names = readdirSync(path).filter((name) => name.endsWith('.torrent'))
    return names.sort().map((name) => join(path, name))
  })
}

/** Where a content's files lie: --data, else where get put them, else beside the torrent. */
function folderOf(customer: Customer, content: Content, path: string, data: string | undefined) {
  if (data !== undefined) return resolve(data)
  const { cid } = content.metainfo
  const kept = customer.wallet.contents.get(cid)?.folder ?? ''
  return kept === '' ? dirname(resolve(path)) : kept
}

/** Takes up one content; refuses when it cannot be sold from here. */
async function takeUp(
  customer: Customer,
  input: Input,
  station: Station,
  path: string,
  providers: Providers,
): Promise<Refusal | undefined> {
  const content = await findContent(customer, input.values, path, providers)
  const { cid, name, pieceCount } = content.metainfo
  if (content.paid) await certified(customer, content.provider)
  const grants = content.paid ? liveGrants(customer, content) : []
  const folder = folderOf(customer, content, path, stringOption(input.values, 'data'))
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    return refuse(
      'not-readable',
      `there is no folder ${folder}; say with --data where the files lie`,
    )
  }
  const chosen = customer.wallet.contents.chosen(cid)
  const cargo = { content, folder, chosen, cut: false, sequential: false, grants }
  const trade = await station.add(cargo)
  if (refused(trade)) return trade
  const { have } = trade.snapshot()
  if (have === 0 && grants.length === 0) {
    return refuse('not-readable', `no piece of ${visible(name)} lies in ${folder}; give --data DIR`)
  }
  if (content.paid) keepContent(customer, content, folder)
  const state = have === pieceCount ? 'complete' : `${have} of ${pieceCount} pieces`
  input.report.event(
    { event: 'seeding', cid, name: visible(name), folder, have, pieces: pieceCount },
    `seeding ${visible(name)} from ${folder}: ${state}`,
  )
  return undefined
}

/** Takes up every content that can be; the refusal when there is none. */
async function takeUpAll(
  customer: Customer,
  input: Input,
  station: Station,
): Promise<Refusal | undefined> {
  const providers: Providers = new Map()
  const paths = torrentPaths(input.positionals)
  let [taken, last] = [0, refuse('not-readable', `no torrent file in ${input.positionals}`)]
  for (const path of paths) {
    if (customer.stop.aborted) return undefined
    let problem: Refusal | undefined
    try {
      problem = await takeUp(customer, input, station, path, providers)
    } catch (error) {
      problem = refusalOf(error)
    }
    if (problem === undefined) {
      taken++
      continue
    }
    last = problem
    if (paths.length === 1) break
    const { code, message } = problem
    input.report.event({ event: 'skipped', path, code, message }, `left out ${path}: ${message}`)
  }
  return taken === 0 ? last : undefined
}

async function sell(customer: Customer, input: Input): Promise<Readonly<Record<string, unknown>>> {
  const { report, values } = input
  const settings = must(readTradeSettings(values))
  const time = must(durationOption(values, 'seed-for'))
  const station = must(await Station.open(customer, settings, stationEvents(report)))
  report.event(
    { event: 'listening', port: station.port },
    `listening on port ${station.port} for other peers; Ctrl-C stops`,
  )
  try {
    const taking = takeUpAll(customer, input, station)
    const problem = await Promise.race([taking, stopped(customer.stop)])
    if (refused(problem)) must(problem)
    const progress = () => progressOf(station.trades, [])
    const endProgress = startProgress(report, customer.terminal, progress)
    const failures = station.trades.map((trade) => trade.failed)
    const ends: Promise<unknown>[] = [stopped(customer.stop), ...failures]
    const end = await Promise.race(time === undefined ? ends : [...ends, wait(time)])
    endProgress()
    if (end instanceof Refusal) must(end)
    const { money, uploaded } = progress()
    report.line(`sent ${formatBytes(uploaded)}  ${moneyText(money)}`)
    return { uploaded, ...moneyFields(money), hashPages: hashPagesOf(station.trades) }
  } finally {
    await station.stop()
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
    ...TRADE_OPTIONS,
  },
  positionals: { min: 1, max: 10_000 },
  examples: ['album.torrent', 'torrents --data /srv/files --port 6881 --up-limit 2MB'],
  run: (input, context) => asCustomer(input, context, (customer) => sell(customer, input)),
}

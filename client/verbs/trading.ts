/** What `get` and `seed` share: how a station's events are told, and what it all brought. */
import { formatAmount } from '../../shared/amount.js'
import { type Report, visible } from '../../shared/command.js'
import { type Refusal, textOf } from '../../shared/errors.js'
import type { Cid } from '../../shared/identifier.js'
import { formatMoment } from '../../shared/words.js'
import type { ClaimRound } from '../pay/claiming.js'
import { addCounts, type PageCounts } from '../pay/page-source.js'
import type { ProviderRow } from '../pay/wallet/providers.js'
import type { ClaimCause } from '../trade/claim-loop.js'
import type { Content, PaidContent } from '../trade/content.js'
import type { StationEvents } from '../trade/station.js'
import type { Trade } from '../trade/trade.js'
import type { TradeEvent } from '../trade/trade-event.js'
import { type Money, sumMoney } from '../ui/money.js'
import type { Progress } from '../ui/progress.js'
import { tellSeen } from './case-reports.js'
import { tellLetters } from './letters.js'

/** Tells what happens to trades; pieces show in the progress alone. */
export function stationEvents(report: Report): StationEvents {
  const away = new Set<string>()
  const unreached = new Set<string>()
  return {
    trade: (content, event) => {
      if (event.event === 'tracker') tellTracker(report, away, content, event.problem)
      else if (event.event === 'reach') tellReach(report, unreached, content, event)
      else tellTrade(report, content.metainfo.name, event)
    },
    claimed: (round, cause) => tellClaims(report, round, cause),
    membership: ({ row }, problem) => tellMembership(report, row, problem),
    corresponded: (_provider, news) => {
      if (news.news === 'letters') tellLetters(report, news)
      else for (const each of news.cases) if (each.news) tellSeen(report, each)
    },
  }
}

/** Of the events of a household, what happens to some of its contents, and what befalls all. */
export function only(cids: () => ReadonlySet<Cid>, events: StationEvents): StationEvents {
  return {
    ...events,
    trade: (content, event) => {
      if (cids().has(content.metainfo.cid)) events.trade(content, event)
    },
  }
}

function tellMembership(report: Report, row: ProviderRow, problem: Refusal | undefined): void {
  const who = `the certificate of ${visible(row.name)}`
  const line = problem === undefined ? `${who} is renewed` : `${who}: ${problem.message}`
  const { fingerprint } = row
  report.event({ event: 'membership', fingerprint, ok: problem === undefined, message: line }, line)
}

/** Events of a trade that only a program hears: a person sees the pieces in the progress. */
const QUIET: ReadonlySet<TradeEvent['event']> = new Set(['refused', 'closed', 'lost'])

function tellTrade(report: Report, name: string, event: TradeEvent): void {
  if (event.event === 'pages') tellPages(report, visible(name), event.problem)
  else if (event.event === 'gone') {
    const what = event.pieces === 1 ? '1 piece is' : `${event.pieces} pieces are`
    report.event(
      { ...event, name: visible(name) },
      `${what} gone from the disk (${visible(name)}); fetching again`,
    )
  } else if (event.event === 'blacklisted') {
    const why = `${textOf(event.code)}; floodgate blacklist explain ${event.uid}`
    const line = `no trade with ${event.uid} until ${formatMoment(event.until)}: ${why}`
    report.event({ ...event, name: visible(name), message: line }, line)
  } else if (event.event === 'avoided') {
    const [first = ''] = event.sellers
    const all = event.sellers.length === 1 ? 'the only seller' : 'every seller'
    const line =
      `${all} of ${visible(name)} is on your blacklist, so nothing comes: ${first}; ` +
      'floodgate blacklist explain UID says why, lift UID trades with it again'
    report.event({ ...event, name: visible(name), message: line }, line)
  } else if (QUIET.has(event.event)) {
    report.event({ ...event, name: visible(name) })
  }
}

/** Each trade finds out by itself that its tracker is `away`, or back; a person is told once. */
function tellTracker(
  report: Report,
  away: Set<string>,
  content: Content,
  problem: Refusal | undefined,
): void {
  const tracker = content.paid ? content.provider.row.fingerprint : content.metainfo.cid
  const reachable = problem === undefined
  const news = away.has(tracker) === reachable
  if (reachable) away.delete(tracker)
  else away.add(tracker)
  const message = reachable
    ? 'the tracker is back'
    : `going on meanwhile: ${visible(problem.message)}`
  report.event({ event: 'tracker', reachable, message }, news ? message : undefined)
}

/** Whether buyers can be sent here; all contents share the port, so a person is told once. */
function tellReach(
  report: Report,
  unreached: Set<string>,
  content: Content,
  { port, reached }: Extract<TradeEvent, { event: 'reach' }>,
): void {
  const tracker = content.paid ? content.provider.row.fingerprint : content.metainfo.cid
  const news = unreached.has(tracker) === reached
  if (reached) unreached.delete(tracker)
  else unreached.add(tracker)
  const message = reached
    ? `the tracker can connect to port ${port}: buyers come here`
    : `nobody can connect to port ${port}, so no buyer is sent here: open or forward it (--port)`
  report.event({ event: 'reach', reached, port, message }, news ? message : undefined)
}

/** Where a seller's hash lists come from now. */
function tellPages(report: Report, name: string, problem: Refusal | undefined): void {
  const line =
    problem === undefined
      ? 'hash lists come from the tracker again'
      : `${problem.message}; hash lists come from the buyers meanwhile`
  const from = problem === undefined ? 'tracker' : 'buyer'
  const why = problem === undefined ? {} : { code: problem.code }
  report.event({ event: 'hash-lists', name, from, ...why, message: line }, line)
}

/** Pages of hash lists that all these trades took in, by where they came from. */
export function hashPagesOf(trades: readonly Trade[]): PageCounts {
  return addCounts(trades.map((trade) => trade.snapshot().hashPages))
}

/** One event per claimed grant; a person reads what came in and what was turned down. */
export function tellClaims(
  report: Report,
  { credited, grants, problem }: ClaimRound,
  cause: ClaimCause | 'asked',
): void {
  for (const grant of grants) {
    const { alreadyPaid, code, detail, failed, rid } = grant
    const rival = alreadyPaid > 0 ? `${alreadyPaid} pieces were paid to another seller` : ''
    const wrong = failed.length > 0 ? `wrong tokens of grant ${rid}: pieces ${failed}` : ''
    const lost = [rival, wrong].filter((each) => each !== '').join('; ')
    const line = code === 'ok' ? lost : `claim of grant ${rid} turned down: ${detail || code}`
    report.event({ event: 'claimed', cause, ...grant }, line === '' ? undefined : line)
  }
  if (credited > 0n) report.line(`claimed ${formatAmount(credited)}`)
  if (problem === undefined) return
  const message = `earnings are claimed later: ${problem.message}`
  report.event({ event: 'claim-delayed', code: problem.code, message }, message)
}

/** Amounts of money with the provider of a content. */
export function moneyOf(
  { provider }: PaidContent,
  amounts: { readonly spent: bigint; readonly earned: bigint },
): Money {
  const { currency, fingerprint } = provider.row
  return { provider: fingerprint, currency, ...amounts }
}

/** The state of several trades as one progress. */
export function progressOf(trades: readonly Trade[], spent: readonly Money[]): Progress {
  const pieces: Record<string, number> = {}
  const money = [...spent]
  const parts: number[] = []
  const sum = {
    bytes: 0,
    left: 0,
    downRate: 0,
    upRate: 0,
    uploaded: 0,
    peers: 0,
    pieces,
  }
  for (const trade of trades) {
    const { content } = trade
    const snapshot = trade.snapshot()
    if (snapshot.checking !== undefined) parts.push(snapshot.checking)
    sum.bytes += snapshot.wantedBytes
    sum.left += snapshot.left
    sum.downRate += snapshot.downloadRate
    sum.upRate += snapshot.uploadRate
    sum.uploaded += snapshot.uploadedBytes
    sum.peers += snapshot.peers.length
    for (const [seller, count] of Object.entries(snapshot.paidPieces)) {
      pieces[seller] = (pieces[seller] ?? 0) + count
    }
    if (!content.paid) continue
    money.push(moneyOf(content, { spent: 0n, earned: snapshot.earned }))
  }
  const checked = parts.reduce((all, part) => all + part, 0) / parts.length
  return { ...sum, ...(parts.length > 0 && { checked }), money: sumMoney(money) }
}

/** One of several trades at this moment, for a program. */
export function partOf(trade: Trade): Readonly<Record<string, unknown>> {
  const { cid, name } = trade.content.metainfo
  const { downloadRate, left, peers, uploadRate, wantedBytes } = trade.snapshot()
  const [downRate, upRate] = [Math.round(downloadRate), Math.round(uploadRate)]
  return {
    cid,
    name: visible(name),
    bytes: wantedBytes,
    left,
    downRate,
    upRate,
    peers: peers.length,
  }
}

/** Says once where peers reach us; not before there is something for which they would come. */
export function portTeller(report: Report, { port }: { readonly port: number }, more = '') {
  let told = false
  return (): void => {
    if (told) return
    told = true
    report.event({ event: 'listening', port }, `listening on port ${port} for other peers${more}`)
  }
}

/** Resolves when the program is asked to stop. */
export function stopped(stop: AbortSignal): Promise<'stopped'> {
  if (stop.aborted) return Promise.resolve('stopped')
  return new Promise((resolve) => {
    stop.addEventListener('abort', () => resolve('stopped'), { once: true })
  })
}

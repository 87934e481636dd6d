/** Contents of a household as rows of the local API. */
import { type Refusal, refuse } from '../../shared/errors.js'
import { counted } from '../../shared/words.js'
import { Bitfield } from '../engine/bitfield.js'
import { pieceLevels, wantedPieces } from '../engine/selection.js'
import type { Transfer } from '../local/transfer-rows.js'
import type { TradeSnapshot } from '../trade/trade.js'
import { problemOf } from '../ui/advice.js'
import { secondsLeft } from '../ui/progress.js'
import type { Held, Unopened } from './held.js'
import type { Household } from './household.js'

/** Digits of the part that was looked at: what nobody sees is not told anew. */
const CHECKED_DIGITS = 3

/** What of a content's figures is the trade's. */
type Figures = Pick<
  TradeSnapshot,
  | 'wantedBytes'
  | 'left'
  | 'have'
  | 'downloadRate'
  | 'uploadRate'
  | 'downloadedBytes'
  | 'uploadedBytes'
> & { readonly peers: number; readonly checking?: number | undefined }

/** Figures of contents that are not at work: as they were last found on the disk. */
export class Resting {
  readonly #household: Household
  readonly #known = new WeakMap<Held, Figures>()

  constructor(household: Household) {
    this.#household = household
  }

  /** The figures of a content without a trade. */
  of(held: Held): Figures {
    const known = this.#known.get(held) ?? this.#look(held)
    this.#known.set(held, known)
    const starting = this.#household.station.starting.get(held.content.metainfo.cid)
    return starting === undefined ? known : { ...known, checking: starting.snapshot().checking }
  }

  /** What was there when the content was last at work counts no more. */
  forget(held: Held): void {
    this.#known.delete(held)
  }

  #look({ chosen, content, folder }: Held): Figures {
    const { cid, length, pieceCount, pieceLength } = content.metainfo
    const stock = this.#household.customer.wallet.contents.stock(cid, folder)
    const known = stock?.pieces
    const fits = known?.length === Math.ceil(pieceCount / 8)
    const have = fits ? new Bitfield(pieceCount, known) : new Bitfield(pieceCount)
    const wanted = wantedPieces(pieceLevels(content.metainfo, chosen))
    let missing = 0
    for (let piece = 0; piece < pieceCount; piece++) {
      if (wanted.has(piece) && !have.has(piece)) missing++
    }
    const bytes = (pieces: number): number => Math.min(length, pieces * pieceLength)
    return {
      ...{ wantedBytes: bytes(wanted.count), left: bytes(missing), have: have.count },
      ...{ downloadRate: 0, uploadRate: 0, downloadedBytes: 0, uploadedBytes: 0, peers: 0 },
    }
  }
}

function stateOf(held: Held, { checking, left, peers }: Figures): Transfer['state'] {
  if (held.paused) return 'paused'
  if (held.problem !== undefined) return 'failed'
  if (held.trade === undefined || checking !== undefined) return 'checking'
  if (left === 0) return 'seeding'
  return peers === 0 ? 'waiting' : 'fetching'
}

/** What keeps a trade from its end that goes on: pieces that nobody brings any more. */
function shortageOf({ trade }: Held): Refusal | undefined {
  const { missing = 0, stranded = [] } = trade?.shortage ?? {}
  if (stranded.length === 0 || stranded.length < missing) return undefined
  const what = counted(stranded.length, 'piece')
  return refuse('stranded', `${what} are missing that nobody who was paid for them offers now`)
}

/** The row of one content; money is added by whoever keeps the books. */
export function transferRow(held: Held, resting: Resting): Transfer {
  const { added, content, folder, origin, sequential, trade } = held
  const { cid, length, name, pieceCount } = content.metainfo
  const snapshot = trade?.snapshot()
  if (trade !== undefined) resting.forget(held)
  const figures =
    snapshot === undefined ? resting.of(held) : { ...snapshot, peers: snapshot.peers.length }
  const { checking, left } = figures
  // Looked at only while nothing comes: there may be tens of thousands of missing pieces.
  const halted = left > 0 && figures.downloadRate < 1
  const problem = held.problem ?? (halted ? shortageOf(held) : undefined)
  const downRate = Math.round(figures.downloadRate)
  const eta = left === 0 ? undefined : secondsLeft({ left, downRate })
  return {
    ...{ cid, name, paid: content.paid, state: stateOf(held, figures), origin, added, folder },
    ...(content.paid ? paidFields(content, snapshot) : {}),
    ...(problem === undefined ? {} : { problem: problemOf(problem) }),
    ...{ bytes: length, wanted: figures.wantedBytes, left, pieces: pieceCount },
    ...{ have: figures.have, downRate, upRate: Math.round(figures.uploadRate) },
    ...{ downloaded: figures.downloadedBytes, uploaded: figures.uploadedBytes },
    ...(checking === undefined ? {} : { checked: Number(checking.toFixed(CHECKED_DIGITS)) }),
    ...(eta === undefined ? {} : { eta: Math.round(eta) }),
    ...{ peers: figures.peers, sequential },
  }
}

/** The row of a content that cannot be opened now: what its torrent alone says. */
export function unopenedRow(unopened: Unopened): Transfer {
  const { added, folder, metainfo, origin, paid, paused, problem, sequential } = unopened
  const { cid, length, name, pieceCount } = metainfo
  return {
    ...{ cid, name, paid, state: paused ? 'paused' : 'failed', problem: problemOf(problem) },
    ...{ origin, added, folder, bytes: length, wanted: length, left: length },
    ...{ pieces: pieceCount, have: 0, downRate: 0, upRate: 0, downloaded: 0, uploaded: 0 },
    ...{ peers: 0, sequential },
  }
}

function paidFields(
  { provider, terms }: Extract<Held['content'], { paid: true }>,
  snapshot: TradeSnapshot | undefined,
) {
  const { currency, fingerprint } = provider.row
  const { price, reward } = terms
  const owing = (snapshot?.peers ?? []).reduce(
    (sum, { account }) => sum + (account?.owing ?? 0n),
    0n,
  )
  return { provider: fingerprint, currency, price, reward, owing }
}

/** A world of the screens for tests: rows and answers of the daemon, as a test names them. */

import type { AnswerOf, LocalCall, RequestOf } from '../../client/local/calls.js'
import type { Offer } from '../../client/local/rows.js'
import type { Detail, Transfer } from '../../client/local/transfer-rows.js'
import { type Line, paint } from '../../client/ui/paint.js'
import {
  type Effect,
  type Input,
  opened,
  type Screen,
  type Searched,
  type SharedAction,
  type Size,
} from '../../client/ui/screen.js'
import type { TransfersAction } from '../../client/ui/transfers/transfers-keys.js'
import { transfersScreen } from '../../client/ui/transfers/transfers-screen.js'
import type { TransfersState } from '../../client/ui/transfers/transfers-state.js'
import { needKey, type World } from '../../client/ui/world.js'
import type { Cid, Fingerprint, Uid } from '../../shared/identifier.js'

/** A content's name from a number. */
export function cidOf(number: number): Cid {
  return number.toString(16).padStart(40, '0') as Cid
}
export const PROVIDER = 'f'.repeat(64) as Fingerprint
/** A member's name from a number. */
export function uidOf(number: number): Uid {
  return number.toString(16).padEnd(32, 'a') as Uid
}

/** A paid content on its way, with what a test says otherwise. */
export function transferOf(number: number, own: Partial<Transfer> = {}): Transfer {
  return {
    ...{ cid: cidOf(number), name: `content ${number}`, paid: true, provider: PROVIDER },
    ...{ currency: 'credit', state: 'fetching', origin: 'person', added: 0 },
    ...{ folder: '/films', bytes: 691_000_000, wanted: 691_000_000, left: 400_000_000 },
    ...{ pieces: 400, have: 166, downRate: 3_200_000, upRate: 1_100_000 },
    ...{ downloaded: 291_000_000, uploaded: 90_000_000, eta: 125, peers: 12, sequential: false },
    ...{ price: 2_000_000n, reward: 5000n, spent: 2_000_000n, earned: 120_000n },
    ...{ exposed: 10_000n, owing: 5000n },
    ...own,
  }
}

/** A content that is fetched, one that is seeded, a free one that is paused. */
export const THREE: readonly Transfer[] = [
  transferOf(1, { name: 'Alpha', added: 3 }),
  transferOf(2, {
    name: 'beta',
    added: 2,
    state: 'seeding',
    left: 0,
    downRate: 0,
    earned: 990_000n,
  }),
  transferOf(3, { name: 'Gamma', added: 1, state: 'paused', paid: false, downRate: 0, upRate: 0 }),
]

export const DETAIL: Detail = {
  ...{ cid: cidOf(1), pieceLength: 1_048_576 },
  files: [
    {
      number: 1,
      name: 'film/part one.mkv',
      bytes: 600_000_000,
      left: 400_000_000,
      priority: 'high',
    },
    { number: 2, name: 'film/extras.mkv', bytes: 91_000_000, left: 0, priority: 'normal' },
    { number: 3, name: 'film/cover.png', bytes: 1000, left: 1000, priority: 'skip' },
  ],
  map: `${'#'.repeat(150)}${'$'.repeat(16)}oo${'.'.repeat(231)}-`,
  peers: [
    {
      ...{ address: '192.0.2.7:6881', uid: uidOf(7), client: 'Floodgate 0.1', incoming: false },
      ...{ have: 400, downRate: 2_000_000, upRate: 0, downloaded: 200_000_000, uploaded: 0 },
      ...{ window: 4, owesUs: 0, owedByUs: 1 },
    },
    {
      ...{ address: '[2001:db8::7]:51413', uid: uidOf(8), client: 'Floodgate 0.1', incoming: true },
      ...{ have: 40, downRate: 0, upRate: 1_100_000, downloaded: 0, uploaded: 90_000_000 },
      ...{ window: 2, owesUs: 2, owedByUs: 0 },
    },
  ],
  trackers: [
    {
      url: 'https://label.example/announce',
      state: 'working',
      message: '12 peers',
      next: 1_790_000_060_000,
    },
    { url: 'udp://away.example', state: 'away', message: 'the tracker cannot be reached' },
  ],
  counterparts: [
    { uid: uidOf(7), bought: 100, sold: 0, paid: 500_000n, earned: 0n },
    { uid: uidOf(8), bought: 66, sold: 24, paid: 330_000n, earned: 120_000n },
  ],
  ...{
    tokens: 234,
    unspent: 1_170_000n,
    exposed: 10_000n,
    worst: 320_000n,
    n: 4,
    b: 8,
    mode: 'open',
    window: 259_200_000,
  },
}

export const OFFER: Offer = {
  ...{ provider: PROVIDER, currency: 'credit', cid: cidOf(1), name: 'A film', size: 691_000_000 },
  ...{ pieces: 400, files: 3, price: 2_000_000n, reward: 4000n, n: 4, b: 8, mode: 'open' },
  ...{ sellers: 12, expected: 95, day: 14, week: 70, bought: false },
}

type Answers = { readonly [C in LocalCall]?: AnswerOf<C> }

/** A world with these transfers; a call is answered by the request named, else by `all`. */
export function worldOf(
  transfers: readonly Transfer[],
  all: Answers = {},
  own: Partial<World> = {},
): World {
  return {
    now: 1_790_000_000_000,
    link: { state: 'attached', own: false },
    transfers: new Map(transfers.map((row) => [row.cid, row])),
    ...{ accounts: new Map(), log: [], rates: [], revision: 1 },
    read: <C extends LocalCall>(call: C, request: RequestOf<C>) => {
      // A request that is not of its form fails here as it would fail in the frame.
      needKey(call, request)
      const value = all[call] as AnswerOf<C> | undefined
      return value === undefined ? {} : { value }
    },
    ...own,
  }
}

/** Lines as a terminal without colours shows them. */
export function shownLines(lines: readonly Line[], columns: number): string[] {
  return lines.map((line) => paint(line, columns))
}

/** A terminal of 80 x 24, without the lines of the frame. */
export const SMALL: Size = { rows: 21, columns: 80 }
/** One of 200 x 60. */
export const WIDE: Size = { rows: 57, columns: 200 }

/** A screen on a world, with the effects of its steps. */
export class Driven<S extends Searched, A extends string> {
  state: S
  effects: Effect[] = []
  world: World
  readonly #screen: Screen<S, A>
  readonly #size: Size

  constructor(screen: Screen<S, A>, world: World, size = SMALL) {
    this.#screen = screen
    this.state = screen.start
    this.world = world
    this.#size = size
  }

  send(input: Input<A>): this {
    const { effects = [], state } = this.#screen.step(this.state, input, this.world, this.#size)
    this.state = state
    this.effects.push(...effects)
    return this
  }

  press(...actions: (A | SharedAction)[]): this {
    for (const action of actions) this.send({ input: 'action', action })
    return this
  }

  /** Takes the last effect away. */
  lastEffect(): Effect | undefined {
    return this.effects.pop()
  }

  /** Takes the question away that was asked last, with its text. */
  asked() {
    const effect = this.effects.pop()
    if (effect?.effect !== 'ask') throw new Error(`no question but ${effect?.effect}`)
    return { ...effect, text: shownLines(effect.dialog.lines, 76).join('\n') }
  }

  get picture() {
    return this.#screen.picture(this.state, this.world, this.#size)
  }
  get text(): string {
    return shownLines(this.picture.lines, this.#size.columns).join('\n')
  }
  get note(): string {
    return this.picture.note ?? ''
  }
  get deep(): boolean {
    return opened(this.#screen, this.state).deep
  }
}

/** The screen of transfers on a world. */
export class DrivenTransfers extends Driven<TransfersState, TransfersAction> {
  constructor(world: World, size = SMALL) {
    super(transfersScreen, world, size)
  }
}

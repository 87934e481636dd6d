/** `tui`: the whole home at work on one screen: what it holds is sold, what is missing fetched. */
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import {
  createReport,
  fail,
  type Input,
  type Report,
  refusalOf,
  stringOption,
  type Verb,
  visible,
} from '../../shared/command.js'
import { must, refused } from '../../shared/errors.js'
import { counted } from '../../shared/words.js'
import { readTradeSettings, TRADE_OPTIONS } from '../config.js'
import {
  asCustomerAlone,
  type Context,
  type Customer,
  certified,
  chooseProviders,
} from '../customer.js'
import { makeFolder } from '../folders.js'
import { localBooks } from '../trade/books.js'
import { openTorrent, type Providers } from '../trade/content.js'
import { keepContent, liveGrants } from '../trade/purchase.js'
import { Station } from '../trade/station.js'
import type { Trade } from '../trade/trade.js'
import type { AccountRow, Dashboard, TransferRow } from '../ui/dashboard.js'
import { DashboardScreen, type Key } from '../ui/dashboard-screen.js'
import { formatBytes } from '../ui/format.js'
import { coloursOf, paletteOf } from '../ui/theme.js'
import { stationEvents, stopped } from './trading.js'

const DRAW_MS = 500
const BOOKS_MS = 2000
const ACCOUNT_MS = 30_000
const LOG_MAX_COUNT = 200

/** What the screen remembers between two pictures. */
class Desk {
  readonly #customer: Customer
  readonly #out: string | undefined
  readonly #providers: Providers = new Map()
  readonly #trades: Trade[] = []
  readonly #log: string[] = []
  readonly #balances = new Map<string, { spendable: bigint; pending: bigint }>()
  readonly report: Report
  address = ''
  #accounts: AccountRow[] = []
  #chosen = 0
  #help = false

  /** `out` is where bought contents are fetched that have no folder yet. */
  constructor(customer: Customer, out: string | undefined) {
    this.#customer = customer
    this.#out = out === undefined ? undefined : resolve(out)
    const { now } = customer
    this.report = createReport(false, (line) => {
      const time = new Date(now()).toISOString().slice(11, 19)
      this.#log.push(`${time}  ${visible(line)}`)
      if (this.#log.length > LOG_MAX_COUNT) this.#log.shift()
    })
    for (const provider of this.#registered()) {
      this.#providers.set(provider.row.fingerprint, provider)
    }
  }

  #registered() {
    const providers = chooseProviders(this.#customer, {})
    return refused(providers) ? [] : providers
  }

  /** Takes up one content of the wallet, or says why not. */
  async #takeUp(station: Station, torrent: Uint8Array, folder: string): Promise<void> {
    const content = await openTorrent(this.#customer, torrent, this.#providers)
    const name = visible(content.metainfo.name)
    const place = folder === '' ? this.#out : folder
    if (place === undefined) {
      const { cid } = content.metainfo
      this.report.line(`${name} is bought, not fetched: floodgate get ${cid} --out DIR fetches it`)
      return
    }
    if (folder === '') makeFolder(place)
    if (statSync(place, { throwIfNoEntry: false })?.isDirectory() !== true) {
      this.report.line(`${name} is left out: there is no folder ${place}`)
      return
    }
    if (content.paid) await certified(this.#customer, content.provider)
    const grants = content.paid ? liveGrants(this.#customer, content) : []
    if (content.paid) keepContent(this.#customer, content, place)
    const chosen = this.#customer.wallet.contents.chosen(content.metainfo.cid)
    const cargo = { content, folder: place, chosen, cut: false, sequential: false, grants }
    const trade = must(await station.add(cargo))
    this.#trades.push(trade)
    if (trade.snapshot().left > 0) {
      void trade.finished.then((end) => {
        if (!refused(end)) this.report.line(`${name} is complete`)
      })
    }
    void trade.failed.then(({ message }) => this.report.line(`${name}: ${message}`))
  }

  /** Takes up everything that the home holds. */
  async open(station: Station): Promise<void> {
    for (const { folder, torrent } of this.#customer.wallet.contents.all()) {
      if (this.#customer.stop.aborted) return
      try {
        await this.#takeUp(station, torrent, folder)
      } catch (error) {
        this.report.line(refusalOf(error).message)
      }
    }
  }

  /** Asks every tracker for the account; one that is away leaves what was known. */
  async ask(): Promise<void> {
    for (const provider of this.#providers.values()) {
      const answer = await provider.call('account', {})
      if (refused(answer)) continue
      this.#balances.set(provider.row.fingerprint, answer.body)
    }
    this.read()
  }

  /** Reads the wallet's own books. */
  read(): void {
    this.#accounts = [...this.#providers.values()].map((provider) => {
      const { currency, fingerprint, name } = provider.row
      const { earned, exposed, spent, unclaimed } = localBooks(this.#customer.wallet, provider)
      const { pending, spendable } = this.#balances.get(fingerprint) ?? {}
      const own = { spent, earned, unclaimed: unclaimed.amount, exposed: exposed.amount }
      return { provider: name, currency, spendable, pending, ...own }
    })
  }

  press(key: Key): void {
    if (key === 'help') this.#help = !this.#help
    if (key === 'up') this.#chosen = Math.max(0, this.#chosen - 1)
    if (key === 'down') this.#chosen = Math.min(this.#trades.length - 1, this.#chosen + 1)
  }

  picture(): Dashboard {
    return {
      address: this.address,
      transfers: this.#trades.map(transferRow),
      chosen: Math.max(0, this.#chosen),
      accounts: this.#accounts,
      log: this.#log,
      help: this.#help,
    }
  }
}

function transferRow(trade: Trade): TransferRow {
  const { metainfo, paid } = trade.content
  const snapshot = trade.snapshot()
  return {
    name: metainfo.name,
    paid,
    bytes: metainfo.length,
    left: snapshot.left,
    downRate: snapshot.downloadRate,
    upRate: snapshot.uploadRate,
    sold: snapshot.earnedPieces,
    peers: snapshot.peers.map(({ address, downloadRate, pieces, uploadRate }) => {
      const share = pieces / metainfo.pieceCount
      return { address, downRate: downloadRate, upRate: uploadRate, share }
    }),
  }
}

/** Calls `work` now and then until the returned function is called; failures are not told twice. */
function every(ms: number, work: () => unknown): () => void {
  const timer = setInterval(work, ms)
  return () => clearInterval(timer)
}

async function work(customer: Customer, input: Input): Promise<Readonly<Record<string, unknown>>> {
  const settings = must(readTradeSettings(input.values))
  const desk = new Desk(customer, stringOption(input.values, 'out'))
  const station = must(await Station.open(customer, settings, stationEvents(desk.report)))
  desk.address = `port ${station.port}`
  const quit = new AbortController()
  const draw = (): void => screen.draw(desk.picture())
  const screen = new DashboardScreen({
    palette: paletteOf('dark', coloursOf(customer.environment)),
    pressed: (key) => {
      if (key === 'quit') quit.abort()
      desk.press(key)
      draw()
    },
  })
  const ask = (): void => void desk.ask().catch(() => undefined)
  const timers = [every(DRAW_MS, draw), every(BOOKS_MS, () => desk.read()), every(ACCOUNT_MS, ask)]
  try {
    desk.read()
    draw()
    ask()
    const opening = desk.open(station)
    await Promise.race([stopped(customer.stop), stopped(quit.signal)])
    desk.report.line('stopping: last payments and claims go out')
    draw()
    await opening
  } finally {
    await station.stop()
    for (const end of timers) end()
    screen.close()
  }
  const { transfers } = desk.picture()
  const uploaded = station.trades.reduce((sum, trade) => sum + trade.snapshot().uploadedBytes, 0)
  input.report.line(
    `stopped: ${counted(transfers.length, 'content')}, sent ${formatBytes(uploaded)}`,
  )
  return {}
}

export const tui: Verb<Context> = {
  name: 'tui',
  summary: 'everything on one screen: sells what the home holds, fetches what is missing',
  usage: '[options]; the same as floodgate alone on a terminal',
  options: {
    out: {
      type: 'string',
      value: 'DIR',
      help: 'where to fetch what is bought and has no folder yet',
    },
    ...TRADE_OPTIONS,
  },
  positionals: { min: 0, max: 0 },
  examples: ['', '--out downloads --port 6881'],
  run: (input, context) => {
    const { environment, terminal } = context
    if (!terminal.interactive || input.report.json || environment.TERM === 'dumb') {
      fail('usage', 'the TUI needs a terminal; without one there are get, seed and wallet')
    }
    return asCustomerAlone(input, context, (customer) => work(customer, input))
  },
}

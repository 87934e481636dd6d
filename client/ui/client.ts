/**
 * The client at work: the terminal on one side, the process that holds the home on the other, and
 * between them the pure steps of app.ts. It attaches again when that process went and came back.
 */
import type { VerbShape } from '../../shared/completion.js'
import { type Refusal, refuse, refused } from '../../shared/errors.js'
import type { LocalCall, RequestOf, RunLine } from '../local/calls.js'
import type { LocalApi, Running } from '../local/local-api.js'
import { stepApp } from './app.js'
import { type App, type AppEffect, type AppEvent, currentScreen } from './app-state.js'
import { appPicture } from './app-view.js'
import { begunPath, type Thing } from './completion.js'
import { launch } from './launch.js'
import type { Palette } from './paint.js'
import type { CallEffect, Called, ScreenName } from './screen.js'
import type { TerminalEvent } from './terminal-input.js'
import { TerminalScreen } from './terminal-screen.js'
import { WorldModel } from './world-model.js'

/** At most ten pictures a second. */
const DRAW_MS = 100
/** How often updates come, and how often what is due is asked. */
const UPDATES_MS = 500
const NEEDS_MS = 250
const ATTACH_AGAIN_MS = 1000

/** What the client stands on. */
export interface ClientOptions {
  readonly input: NodeJS.ReadStream
  readonly output: NodeJS.WriteStream
  readonly palette: Palette
  readonly app: App
  /** Whether the process that holds the home is this one. */
  readonly own: boolean
  /** Folder that paths in commands begin at. */
  readonly folder: string
  /** Finds the process that holds the home; refuses while there is none. */
  readonly attach: () => Promise<LocalApi | Refusal>
  /** The verbs, for completion. */
  readonly learn: () => Promise<readonly VerbShape[]>
  /** The paths below `folder` that begin so. */
  readonly look: (begun: string) => Promise<readonly Thing[]>
  readonly now: () => number
  readonly monotonic: () => number
  /** Aborted when the client has to end. */
  readonly stop: AbortSignal
}

/** How the client ended: left by the person, or with all work stopped. */
export type ClientEnd = 'left' | 'stopped'

/** Shows the client until the person leaves it or `stop` is aborted. */
export function runClient(options: ClientOptions): Promise<ClientEnd> {
  return new Client(options).run()
}

class Client {
  readonly #options: ClientOptions
  readonly #world: WorldModel
  readonly #terminal: TerminalScreen
  #app: App
  #api: LocalApi | undefined
  #endUpdates: (() => void) | undefined
  readonly #running = new Map<number, Running>()
  #drawn = Number.NEGATIVE_INFINITY
  #drawing: NodeJS.Timeout | undefined
  #again: NodeJS.Timeout | undefined
  readonly #needs: NodeJS.Timeout
  readonly #ended: Promise<ClientEnd>
  #end: (end: ClientEnd) => void = () => undefined

  constructor(options: ClientOptions) {
    this.#options = options
    this.#app = options.app
    this.#ended = new Promise((resolve) => {
      this.#end = resolve
    })
    this.#world = new WorldModel(options.now())
    this.#world.link = { state: 'attaching', own: options.own }
    const { input, output, palette } = options
    this.#terminal = new TerminalScreen({
      ...{ input, output, palette },
      told: (event) => this.#typed(event),
      resized: () => this.#draw(),
      gone: () => this.#end('left'),
    })
    this.#needs = setInterval(() => this.#tick(), NEEDS_MS)
  }

  async run(): Promise<ClientEnd> {
    const { stop } = this.#options
    const leave = (): void => this.#end('left')
    stop.addEventListener('abort', leave)
    if (stop.aborted) leave()
    this.#draw()
    void this.#attach()
    try {
      return await this.#ended
    } finally {
      stop.removeEventListener('abort', leave)
      clearInterval(this.#needs)
      clearTimeout(this.#drawing)
      clearTimeout(this.#again)
      this.#endUpdates?.()
      this.#terminal.close()
    }
  }

  async #attach(): Promise<void> {
    const api = await this.#options.attach()
    if (refused(api)) return this.#lost(api)
    // What is shown stays until somebody else is there: a socket may lie where nobody listens.
    const said = await api.call('ping', {})
    if (refused(said)) return this.#lost(said)
    this.#api = api
    this.#world.restart({ state: 'attached', own: this.#options.own })
    this.#endUpdates = api.updates(
      UPDATES_MS,
      (update) => {
        this.#world.now = this.#options.now()
        this.#world.apply(update)
        this.#drawSoon()
      },
      (problem) => this.#lost(problem),
    )
    this.#tick()
  }

  #lost(problem: Refusal | undefined): void {
    this.#api = undefined
    this.#endUpdates = undefined
    const { own } = this.#options
    this.#world.link = { state: 'lost', own, ...(problem === undefined ? {} : { problem }) }
    this.#drawSoon()
    this.#again = setTimeout(() => void this.#attach(), ATTACH_AGAIN_MS)
  }

  /** Asks what is due, and lets times that are shown go on. */
  #tick(): void {
    const ms = this.#options.monotonic()
    for (const { call, everyMs, request } of currentScreen(this.#app).needs(this.#world)) {
      // A request is that of its call; the compiler loses that over the union of all calls.
      this.#ask(call, request as never, everyMs, ms)
    }
    this.#world.now = this.#options.now()
    if (ms - this.#drawn >= 1000) this.#drawSoon()
  }

  #ask<C extends LocalCall>(call: C, request: RequestOf<C>, everyMs: number, ms: number): void {
    const api = this.#api
    if (api === undefined || !this.#world.isDue(call, request, everyMs, ms)) return
    this.#world.asked(call, request, ms)
    void api.call(call, request).then((answer) => {
      this.#world.answered(call, request, answer)
      this.#drawSoon()
    })
  }

  #typed(event: TerminalEvent): void {
    if (event.kind === 'key') this.#take({ event: 'key', key: event.key })
    else if (event.kind === 'paste') this.#take({ event: 'paste', text: event.text })
    else this.#take({ event: 'mouse', mouse: event })
  }

  #take(event: AppEvent): void {
    this.#world.now = this.#options.now()
    const { app, effects } = stepApp(this.#app, event, this.#world, this.#terminal.size)
    this.#app = app
    for (const effect of effects) this.#perform(effect)
    this.#tick()
    this.#drawSoon()
  }

  #perform(effect: AppEffect): void {
    const acts: { readonly [E in AppEffect['effect']]: () => void } = {
      call: () => 'screen' in effect && this.#call(effect.screen, effect.call),
      run: () => 'words' in effect && this.#run(effect.run, effect.words),
      answer: () => 'question' in effect && this.#answer(effect.question, effect.answer),
      'stop-run': () => 'run' in effect && this.#running.get(effect.run)?.stop(),
      learn: () =>
        void this.#options.learn().then((verbs) => this.#take({ event: 'learnt', verbs })),
      look: () => 'line' in effect && void this.#look(effect.line),
      redraw: () => this.#terminal.redraw(),
      suspend: () => this.#suspend(),
      quit: () => this.#end('left'),
    }
    acts[effect.effect]()
  }

  #call(screen: ScreenName | undefined, { call, request }: CallEffect): void {
    const api = this.#api
    const gone = refuse('unreachable', 'nobody holds this home now')
    const answer = api === undefined ? Promise.resolve(gone) : api.call(call, request as never)
    void answer.then((answered) => {
      if (call === 'stop' && !refused<unknown>(answered)) return this.#end('stopped')
      const called = { input: 'called', call, request, answer: answered } as Called
      this.#take({ event: 'called', screen, called })
    })
  }

  #run(run: number, words: readonly string[]): void {
    const over = new AbortController()
    const told = (line: RunLine): void => {
      if (line.launch !== undefined) this.#launch(line.launch, over.signal)
      this.#take({ event: 'run', run, line })
    }
    if (this.#api === undefined) {
      told({ exit: { code: 1, message: 'nobody holds this home now' } })
      return
    }
    const { folder } = this.#options
    const { columns } = this.#terminal.size
    const how = { words, folder, live: true, interactive: true, columns }
    const running = this.#api.run(how, told)
    this.#running.set(run, running)
    void running.exit.then((exit) => {
      over.abort()
      this.#running.delete(run)
      const ended = this.#app.panes.some((pane) => pane.run === run && pane.exit !== undefined)
      if (!ended) told({ exit })
    })
  }

  async #look(line: string): Promise<void> {
    const verbs = await this.#options.learn()
    const begun = begunPath(line, verbs)
    const paths = begun === undefined ? [] : await this.#options.look(begun)
    this.#take({ event: 'found', found: { line, verbs, paths } })
  }

  /** Starts a player beside the screen. */
  #launch({ commands, question }: NonNullable<RunLine['launch']>, stop: AbortSignal): void {
    void launch(commands, stop).then((answer) => this.#answer(question, answer))
  }

  #answer(question: string, answer: string | undefined): void {
    const request = answer === undefined ? { question } : { question, answer }
    void this.#api?.call('answer', request)
  }

  #suspend(): void {
    if (this.#options.own) {
      const line = 'this process trades and would stand still; run floodgate daemon for that'
      this.#app = { ...this.#app, message: { text: line, level: 'warning' } }
      return
    }
    this.#terminal.hide()
    process.once('SIGCONT', () => {
      this.#terminal.show()
      this.#draw()
    })
    process.kill(process.pid, 'SIGTSTP')
  }

  /** Draws now, or when the last picture is old enough. */
  #drawSoon(): void {
    if (this.#drawing !== undefined) return
    const wait = Math.max(0, this.#drawn + DRAW_MS - this.#options.monotonic())
    this.#drawing = setTimeout(() => this.#draw(), wait)
  }

  #draw(): void {
    clearTimeout(this.#drawing)
    this.#drawing = undefined
    this.#drawn = this.#options.monotonic()
    this.#terminal.draw(appPicture(this.#app, this.#world, this.#terminal.size))
  }
}

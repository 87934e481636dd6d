/**
 * `tui`: the screens. They attach to the process that holds the home; where there is none, this
 * one takes the home up, and stops with its screen.
 */
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { fail, type Input, type Verb } from '../../shared/command.js'
import { verbShapes } from '../../shared/completion.js'
import { must, refused } from '../../shared/errors.js'
import { optionsIn } from '../../shared/program.js'
import { counted } from '../../shared/words.js'
import { readDone, readWatch } from '../chore-options.js'
import type { Context } from '../customer.js'
import { holderOf } from '../holder.js'
import { type Home, homeOf } from '../home.js'
import { readHomeFile } from '../home-files.js'
import { readIdentity } from '../identity.js'
import { hasPassphraseOption } from '../passphrase-source.js'
import { pathsFrom } from '../paths.js'
import type { App } from '../ui/app-state.js'
import { type ClientEnd, runClient } from '../ui/client.js'
import { formatBytes } from '../ui/format.js'
import { bindingsOf } from '../ui/keys.js'
import { EMPTY_RC, type Rc, readRc } from '../ui/rc.js'
import { SCREENS } from '../ui/screens.js'
import { coloursOf, paletteOf } from '../ui/theme.js'
import { WORK_OPTIONS } from '../work-options.js'

/** The rc file of a home; fails as usage, not-readable. */
function rcOf({ rc }: Home): Rc {
  return existsSync(rc) ? must(readRc(must(readHomeFile(rc)), rc, SCREENS)) : EMPTY_RC
}

function appOf(rc: Rc, about: string | undefined): App {
  return {
    screens: SCREENS,
    current: rc.start ?? 'transfers',
    bindings: bindingsOf(SCREENS, rc.keys),
    own: rc.keys,
    verbs: [],
    waiting: [],
    panes: [],
    runs: 0,
    person: homedir(),
    history: [],
    ...(about === undefined ? {} : { message: { text: about, level: 'info' } }),
  }
}

interface Showing {
  readonly home: Home
  readonly rc: Rc
  readonly own: boolean
  /** What the first picture says. */
  readonly about?: string
  /** Resolves when there is somebody to attach to; at once by default. */
  readonly opened?: Promise<void>
}

/** The screens until the person leaves them, or Ctrl-C, or the household ends. */
function show({ about, home, opened, own, rc }: Showing, context: Context): Promise<ClientEnd> {
  const { environment, folder, monotonic, now, stop, verbs } = context
  const colours = rc.colours ?? coloursOf(environment)
  return runClient({
    ...{ folder, monotonic, now, own, stop },
    input: process.stdin,
    output: process.stdout,
    palette: paletteOf(rc.theme ?? 'dark', colours, rc.looks),
    app: appOf(rc, about),
    attach: async () => {
      await opened
      return holderOf(home, context)
    },
    look: (begun) => pathsFrom(folder, begun, homedir()),
    learn: async () => verbShapes({ name: 'floodgate', verbs: await verbs(), options: {} }),
  })
}

/** Attached to another process, which goes on when the screen is left. */
async function attached(home: Home, rc: Rc, { report }: Input, context: Context) {
  const unused = optionsIn(context.words, Object.keys(WORK_OPTIONS))
  const without = unused.length === 0 ? '' : ` (its own options hold, not ${unused.join(', ')})`
  const about = `attached: q detaches, and the work goes on; Q stops it${without}`
  const end = await show({ home, rc, own: false, about }, context)
  if (end === 'stopped') report.line('the daemon stops: last payments and claims go out')
  else report.line((await isHeld(home, context)) ? DETACHED : NOBODY)
  return { end }
}

const DETACHED =
  'detached: the work goes on; floodgate tui attaches again, floodgate daemon --stop ends it'
const NOBODY = 'nobody holds this home now, so nothing is at work: floodgate tui opens it again'

/** Whether a process holds the home and answers. */
async function isHeld(home: Home, context: Context): Promise<boolean> {
  const api = await holderOf(home, context)
  return !refused(api) && !refused(await api.call('ping', {}))
}

/** Whether the home opens without a word or a question at the terminal. */
function opensQuietly(home: Home, { values }: Input): boolean {
  const identity = readIdentity(home)
  if (identity === undefined || refused(identity)) return false
  return identity.sealed === hasPassphraseOption(values)
}

/**
 * With the home taken up by this process. The first picture stands while what works in a home is
 * loaded, unless the person has to be asked something before.
 */
async function alone(home: Home, rc: Rc, input: Input, context: Context) {
  const closing = new AbortController()
  const stop = AbortSignal.any([context.stop, closing.signal])
  let open: () => void = () => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  const begin = () => show({ home, rc, own: true, opened }, { ...context, stop })
  const early = opensQuietly(home, input) ? begin() : undefined
  if (early !== undefined) await nextTurn()
  try {
    return await work(input, context, (leaving) => {
      open()
      leaving.addEventListener('abort', () => closing.abort())
      if (leaving.aborted) closing.abort()
      return early ?? begin()
    })
  } finally {
    open()
    closing.abort()
    await early
  }
}

/** Holds the home while the screens are shown. */
async function work(
  input: Input,
  context: Context,
  shown: (leaving: AbortSignal) => Promise<unknown>,
) {
  // Loaded only here: a screen that attaches needs nothing of what works in a home.
  const { inOwnHousehold } = await import('../daemon/serving.js')
  const { workAll } = await import('../daemon/working.js')
  return inOwnHousehold(input, context, async (household, customer) => {
    const { report, values } = input
    const { contents, uploaded } = await workAll(household, customer, values, async () => {
      await shown(customer.stop)
      report.line('stopping: last payments and claims go out')
    })
    report.line(`stopped: ${counted(contents, 'content')}, sent ${formatBytes(uploaded)}`)
    return { end: 'stopped' }
  })
}

export const tui: Verb<Context> = {
  name: 'tui',
  summary: 'the screens: shop, transfers, money and all else, on the home at work',
  usage: '[options]; the same as floodgate alone on a terminal',
  // They open a home; where another process holds it, that one works with its own.
  options: WORK_OPTIONS,
  examples: ['', '--out downloads --port 6881'],
  run: async (input, context) => {
    const { environment, household, terminal } = context
    // Relayed they would open on the terminal of the process that holds the home, if it has one.
    if (household !== undefined) fail('usage', 'the screens open in a terminal, not in a daemon')
    if (!terminal.interactive || input.report.json || environment.TERM === 'dumb') {
      fail('usage', 'the TUI needs a terminal; without one there are get, seed and wallet')
    }
    must(readWatch(input.values))
    must(readDone(input.values))
    const home = homeOf(input.values, environment)
    const rc = rcOf(home)
    const api = await holderOf(home, context)
    const there = !refused(api) && !refused(await api.call('ping', {}))
    return there ? attached(home, rc, input, context) : alone(home, rc, input, context)
  },
}

/** `daemon`: the home at work without a screen; screens and verbs attach to it. */
import { resolve } from 'node:path'
import { fail, type Input, stringOption, type Verb, visible } from '../../shared/command.js'
import { must, refused } from '../../shared/errors.js'
import { counted, formatMoment } from '../../shared/words.js'
import { readDone, readWatch } from '../chore-options.js'
import { readTradeSettings } from '../config.js'
import type { Context, Customer } from '../customer.js'
import { ownCommand, startDaemon, untilFree } from '../daemon/background.js'
import type { Household } from '../daemon/household.js'
import { logPathOf, ownLogOf } from '../daemon/log-file.js'
import { inOwnHousehold } from '../daemon/serving.js'
import { unitText } from '../daemon/unit.js'
import { workAll } from '../daemon/working.js'
import { holderOf } from '../holder.js'
import { type Home, homeOf } from '../home.js'
import { readIdentity } from '../identity.js'
import type { LocalApi } from '../local/local-api.js'
import { placeOf } from '../local/place.js'
import { askedBy } from '../opening.js'
import { currentPassphrase } from '../passphrase-source.js'
import { formatBytes, formatDuration } from '../ui/format.js'
import { WORK_OPTIONS } from '../work-options.js'
import { stopped } from './trading.js'

type Result = Readonly<Record<string, unknown>>

/** Works until somebody ends it: Ctrl-C, SIGTERM, SIGHUP, or the call `stop`. */
async function work(household: Household, customer: Customer, input: Input): Promise<Result> {
  const { report, values } = input
  const { environment, home, stop } = customer
  const { path } = placeOf(home, environment)
  const { port } = household.station
  const own = ownLogOf(logPathOf(home), process.stdout.fd)
  const silence = household.log.listen(({ at, code, level, text }) => {
    // A journal dates its lines, a terminal's are read at once.
    const line = own === undefined ? text : `${formatMoment(at)}  ${text}`
    report.event({ event: 'log', at, level, ...(code === undefined ? {} : { code }), text }, line)
    own?.bound()
  })
  report.event(
    { event: 'ready', pid: process.pid, port, socket: path },
    `at work in ${home.folder}, port ${port} for other peers; floodgate daemon --stop ends it`,
  )
  const { contents, uploaded } = await workAll(household, customer, values, () => stopped(stop))
  silence()
  report.line(`stopped: ${counted(contents, 'content')}, sent ${formatBytes(uploaded)}`)
  return { contents, uploaded }
}

async function runningIn(home: Home, context: Context): Promise<LocalApi> {
  return must(await holderOf(home, context))
}

async function stop(home: Home, { report }: Input, context: Context): Promise<Result> {
  const api = await runningIn(home, context)
  const { pid } = must(await api.call('ping', {}))
  must(await api.call('stop', {}))
  report.line('stopping: last payments and claims go out')
  await untilFree(home, context.stop)
  if (context.stop.aborted) fail('interrupted', 'it goes on stopping by itself')
  report.line('stopped')
  return { pid }
}

async function status(home: Home, { report }: Input, context: Context): Promise<Result> {
  const { totals, transfers } = must(await (await runningIn(home, context)).call('state', {}))
  const { downRate, pid, port, started, upRate, version } = totals
  const since = formatDuration((context.now() - started) / 1000)
  report.line(
    `process ${pid}, version ${version}, at work since ${formatMoment(started)} (${since})`,
  )
  report.line(
    `${counted(transfers.length, 'content')}, down ${formatBytes(downRate)}/s, ` +
      `up ${formatBytes(upRate)}/s, port ${port}`,
  )
  for (const { message } of totals.problems) report.line(visible(message))
  return { ...totals }
}

async function background(home: Home, input: Input, context: Context): Promise<Result> {
  must(readTradeSettings(input.values))
  const running = await holderOf(home, context)
  const known = refused(running) ? running : await running.call('ping', {})
  if (!refused(known)) fail('home-in-use', `a floodgate is at work there, process ${known.pid}`)
  const identity = must(readIdentity(home))
  const sealed = identity?.sealed === true
  const passphrase = sealed ? must(await currentPassphrase(askedBy(input, context))) : undefined
  const words = context.words.filter((word) => word !== '--background')
  const { pid } = must(await startDaemon(home, words, passphrase, context))
  const log = logPathOf(home)
  input.report.line(`at work, process ${pid}; what it says: ${log}`)
  return { pid, log }
}

function unit(home: Home, { report, values }: Input, { folder }: Context): Result {
  const secret = stringOption(values, 'passphrase-file')
  const more = secret === undefined ? [] : ['--passphrase-file', resolve(folder, secret)]
  const command = [...ownCommand(), 'daemon', '--home', home.folder, ...more]
  const text = unitText({ command, folder: home.folder })
  for (const line of text.trimEnd().split('\n')) report.line(line)
  return { unit: text }
}

const ACTIONS = { background, stop, status, unit } as const

export const daemon: Verb<Context> = {
  name: 'daemon',
  summary: 'everything the home holds at work, without a screen; screens and verbs attach to it',
  usage: '[--background | --stop | --status | --unit] [options]',
  options: {
    background: { type: 'boolean', help: 'go on behind the terminal, also when that is closed' },
    stop: { type: 'boolean', help: 'end the one that works in this home, in good order' },
    status: { type: 'boolean', help: 'what the one that works in this home does' },
    unit: { type: 'boolean', help: 'print a systemd user unit that keeps it at work' },
    ...WORK_OPTIONS,
  },
  examples: [
    '',
    '--background --port 6881',
    '--status --json',
    '--unit > ~/.config/systemd/user/floodgate.service',
  ],
  run: async (input, context) => {
    const chosen = (Object.keys(ACTIONS) as (keyof typeof ACTIONS)[]).filter(
      (name) => input.values[name] === true,
    )
    const [action] = chosen
    if (chosen.length > 1) fail('usage', `--${chosen.join(' and --')} do not go together`)
    const home = homeOf(input.values, context.environment)
    must(readWatch(input.values))
    must(readDone(input.values))
    if (action !== undefined) return ACTIONS[action](home, input, context)
    return inOwnHousehold(input, context, (household, customer) => work(household, customer, input))
  },
}

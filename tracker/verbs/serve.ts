/** `serve`: answers members until it is stopped, and posts what falls due. */
import { readFileSync } from 'node:fs'
import { fail, refusalOf, stringOption, type Values, type Verb } from '../../shared/command.js'
import { must, type Refusal, refused } from '../../shared/errors.js'
import { isLoopback } from '../address.js'
import { clockProblem } from '../clock.js'
import { homeOf, readConfig } from '../config.js'
import { connectionLimits } from '../http/connections.js'
import { createRoutes } from '../http/routes.js'
import { type Listening, listen } from '../http/server.js'
import { anythingDue, settleDue } from '../maturity.js'
import { stayAwake, wakeUp } from '../outage.js'
import { readPort, readRegistration } from '../settings.js'
import { lockHome } from '../store.js'
import type { Tracker } from '../tracker.js'
import { type VerbContext, withTracker } from './context.js'

const TICK_MS = 1000

/**
 * Host, port and TLS from the options; plain http leaves this machine only behind a proxy (D17).
 */
function listening(values: Values, url: string): Listening {
  const host = stringOption(values, 'host') ?? '127.0.0.1'
  const { port: urlPort, protocol } = new URL(url)
  const usual = protocol === 'https:' ? 443 : 80
  const fallback = urlPort === '' ? usual : Number(urlPort)
  const port = must(readPort(values)) ?? fallback
  const key = stringOption(values, 'tls-key')
  const cert = stringOption(values, 'tls-cert')
  if ((key === undefined) !== (cert === undefined)) {
    fail('usage', '--tls-key and --tls-cert go together')
  }
  const tls =
    key === undefined || cert === undefined
      ? undefined
      : { key: readFileSync(key), cert: readFileSync(cert) }
  if (tls === undefined && !isLoopback(host) && values['behind-proxy'] !== true) {
    const way = 'give --tls-key and --tls-cert, or --behind-proxy when a proxy adds TLS'
    fail('insecure-transport', `${host} is not this machine alone: ${way}`)
  }
  return { host, port, tls, connections: connectionLimits(values['behind-proxy'] === true) }
}

/** The newest entry of the books, against a clock that was set wrong while we were away. */
async function checkClock(tracker: Tracker): Promise<void> {
  const newest = await tracker.store.read((rows) => rows.ledger.newest())
  const problem =
    newest && clockProblem(tracker.now(), newest, 'the newest entry of the books is of')
  if (refused(problem)) must(problem)
}

/** What the ticks of a serving tracker bring. */
interface Ticking {
  /** Resolves when the clock was set to a time that cannot be right. */
  readonly failed: Promise<Refusal>
  stop(): Promise<void>
}

/** Posts what is due, now and every second; a posting that fails is told and tried again. */
function startTicking(tracker: Tracker, warn: (line: string) => void): Ticking {
  let running: Promise<void> = Promise.resolve()
  let lastMs = tracker.now()
  let awakeMs = lastMs
  let fail: (problem: Refusal) => void = () => undefined
  const failed = new Promise<Refusal>((resolve) => {
    fail = resolve
  })
  const tick = async (): Promise<void> => {
    const nowMs = tracker.now()
    const problem = clockProblem(nowMs, lastMs, 'a moment ago it said')
    if (problem !== undefined) return fail(problem)
    lastMs = nowMs
    awakeMs = await stayAwake(tracker.store, nowMs, awakeMs)
    if (await anythingDue(tracker.store, nowMs)) await settleDue(tracker, nowMs)
  }
  const start = (): void => {
    running = running.then(tick).catch((error) => warn(`tick: ${refusalOf(error).message}`))
  }
  start()
  const timer = setInterval(start, TICK_MS)
  return {
    failed,
    stop: () => {
      clearInterval(timer)
      return running
    },
  }
}

export const serve: Verb<VerbContext> = {
  name: 'serve',
  summary: 'answer members; Ctrl-C stops',
  usage: '[--host HOST] [--port N] [--behind-proxy | --tls-key FILE --tls-cert FILE]',
  options: {
    host: { type: 'string', value: 'HOST', help: 'address to listen on (127.0.0.1)' },
    port: { type: 'string', value: 'N', help: "port to listen on (the URL's)" },
    'behind-proxy': { type: 'boolean', help: 'a proxy on this machine adds TLS' },
    'tls-key': { type: 'string', value: 'FILE', help: 'private key (PEM)' },
    'tls-cert': { type: 'string', value: 'FILE', help: 'certificate chain (PEM)' },
    registration: { type: 'string', value: 'WHO', help: 'who may register: open, invited (open)' },
    'clock-checked': { type: 'boolean', help: 'the clock is right, whatever the books say' },
  },
  examples: ['', '--host 0.0.0.0 --tls-key privkey.pem --tls-cert fullchain.pem', '--behind-proxy'],
  run: async (input, context) => {
    const { values, report } = input
    const home = homeOf(values, context.environment)
    const { url } = must(readConfig(home))
    const where = listening(values, url)
    const unlock = must(lockHome(home.lock))
    try {
      const registration = must(readRegistration(values))
      await withTracker(input, context, async (opened) => {
        const tracker = { ...opened, registration }
        if (values['clock-checked'] !== true) await checkClock(tracker)
        await wakeUp(tracker.store, tracker.now())
        const onError = (error: unknown): void => context.warn(`error: ${refusalOf(error).message}`)
        const behindProxy = values['behind-proxy'] === true
        const app = createRoutes(tracker, { behindProxy, onError })
        const listener = must(await listen(app, where))
        const ticking = startTicking(tracker, context.warn)
        const { fingerprint } = tracker.authority
        const event = {
          event: 'listening',
          url,
          host: where.host,
          port: listener.port,
          fingerprint,
        }
        report.event(event, `${tracker.config.name} listens on ${where.host}:${listener.port}`)
        const end = await Promise.race([context.stop, ticking.failed])
        await listener.close()
        await ticking.stop()
        if (refused(end)) must(end)
      })
    } finally {
      unlock()
    }
    return {}
  },
}

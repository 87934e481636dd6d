/**
 * The way from members to the tracker: `fetch` as the client's transport uses it, with the weather
 * of the run between.
 */
import { FAREWELL_TIMEOUT_MS } from '../../shared/limits.js'
import type { Clock } from './clock.js'
import type { Dice } from './dice.js'
import type { Network } from './network.js'
import type { Trace } from './trace.js'
import { type HostAnswer, TRACKER_PORT, type TrackerHost } from './tracker-host.js'
import type { Weather } from './weather.js'

/** What stands between members and the tracker. */
export interface CallsOptions {
  readonly clock: Clock
  readonly dice: Dice
  readonly trace: Trace
  readonly network: Network
  readonly weather: () => Weather
  readonly host: TrackerHost
  /** Another number after each start and crash of who is at an address: the dead hear nothing. */
  readonly lifeAt: (address: string) => number | undefined
  /** The tracker has answered a call from an address, whether it is heard or not. */
  readonly answered: (address: string) => void
}

/** The tracker's address as a member sees it: its own name, so that the tracker sees whose call. */
export const trackerUrl = (address: string): string => `http://${address}:${TRACKER_PORT}`

/** Takes the place of `fetch` for this process; gives the way to end that. */
export function installCalls(options: CallsOptions): () => void {
  const before = globalThis.fetch
  globalThis.fetch = (async (url: string, init: { body?: Uint8Array }) => {
    const { hostname } = new URL(url)
    const life = options.lifeAt(hostname)
    const answered = await Promise.allSettled([call(options, new URL(url), init.body)])
    if (options.lifeAt(hostname) !== life) return new Promise(() => undefined)
    const [answer] = answered
    if (answer.status === 'rejected') throw answer.reason
    return answer.value
  }) as typeof fetch
  return () => {
    globalThis.fetch = before
  }
}

/** One request: there, the work, and back. */
async function call(options: CallsOptions, url: URL, body?: Uint8Array): Promise<Response> {
  const { clock, dice, host, network, trace, weather } = options
  const member = url.hostname
  await clock.wait(network.delay())
  const { lost, repeated, unanswered } = weather().call
  trace.note(`${member}>tracker`, url.pathname, body)
  const answer = dice.chance(lost) ? undefined : await host.answer(member, url, body)
  if (answer !== undefined && body !== undefined) options.answered(member)
  if (dice.chance(repeated)) void host.answer(member, url, body)
  if (answer === undefined || dice.chance(unanswered)) {
    await clock.wait(FAREWELL_TIMEOUT_MS)
    throw Object.assign(new TypeError('fetch failed'), { cause: { code: 'ETIMEDOUT' } })
  }
  await clock.wait(network.delay())
  trace.note(`tracker>${member}`, `${url.pathname} ${answer.status}`, answer.bytes)
  return response(answer)
}

/** As much of a Response as the transport reads. */
function response({ bytes, status }: HostAnswer): Response {
  async function* body(): AsyncGenerator<Uint8Array> {
    yield bytes
  }
  return { status, body: body() } as unknown as Response
}

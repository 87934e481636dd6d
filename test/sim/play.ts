/** Plays one run to its end and says what of it does not hold. */
import { cast } from './cast.js'
import { findings } from './findings.js'
import { Market, type Setting } from './market.js'
import { plan } from './trouble.js'
import { FAIR } from './weather.js'

/** Whoever was gone for so long is not waited for; milliseconds. */
const SETTLE_MS = 180_000

/** What a run came to. */
export interface Outcome {
  readonly seed: number
  readonly peers: number
  /** Of every event of the run, in hex. */
  readonly digest: string
  readonly events: number
  readonly simulatedSeconds: number
  readonly problems: readonly string[]
}

/** Plays a run. */
export async function play(setting: Setting): Promise<Outcome> {
  const market = new Market(setting)
  try {
    market.host.start()
    await cast(market, setting.peers, market.diceOf('cast'))
    plan(market, market.diceOf('trouble'))
    const calm = (): boolean => market.weather === FAIR && !market.host.away
    const arrived = (): boolean => calm() && market.whole.every(({ complete }) => complete)
    await market.run(arrived)
    const settled = (): boolean => market.whole.every(({ life }) => life?.settled === true)
    await market.run(settled, SETTLE_MS)
    await market.wind()
    const problems = await findings(market)
    const { events } = market.trace
    const simulatedSeconds = Math.round(market.elapsedMs / 1000)
    const { peers, seed } = setting
    return { seed, peers, digest: market.trace.digest(), events, simulatedSeconds, problems }
  } finally {
    market.close()
  }
}

/** Who is in a run, and what there is to buy; drawn from its seed. */
import { CHEATS, DOUBLE_SPENDER, HONEST } from './conduct.js'
import type { Dice } from './dice.js'
import type { Market } from './market.js'

/** Contents by pieces, n and b; small and large windows, one signature a piece and one for many. */
const CONTENTS = [
  { pieces: 16, n: 1, b: 1 },
  { pieces: 16, n: 2, b: 8 },
  { pieces: 20, n: 2, b: 4 },
  { pieces: 20, n: 1, b: 1 },
  { pieces: 24, n: 4, b: 2 },
] as const
const CONTENTS_MAX_COUNT = 3
const CHEATS_MAX_PART = 0.4
/** Members come over so long a time; milliseconds. */
const COMING_MS = 60_000
/** One in so many buys a second content. */
const GREEDY = 0.1

/** Publishes contents, and adds members that buy and sell them. */
export async function cast(market: Market, peers: number, dice: Dice): Promise<void> {
  for (let left = 1 + dice.below(CONTENTS_MAX_COUNT); left > 0; left--) {
    const { b, n, pieces } = dice.pick(CONTENTS)
    await market.publish(pieces, n, b)
  }
  const { contents } = market
  const nothing = { house: false, holds: [], buys: [], comesAfterMs: 0 }
  market.add({ ...nothing, conduct: HONEST, house: true, holds: contents })
  const cheats = dice.chance(0.75) ? dice.between(0, CHEATS_MAX_PART) : 0
  for (let at = 1; at < peers; at++) {
    const conduct = dice.chance(cheats) ? dice.pick([...CHEATS, DOUBLE_SPENDER]) : HONEST
    const comesAfterMs = dice.between(1000, COMING_MS)
    const first = dice.pick(contents)
    const second = dice.chance(GREEDY) ? dice.pick(contents) : first
    const wanted = [...new Set([first, second])]
    const does = conduct.sells ? { holds: wanted } : { buys: wanted }
    const part = { ...nothing, conduct, comesAfterMs, ...does }
    if (conduct === DOUBLE_SPENDER) {
      if (dice.chance(0.5)) market.add({ ...part, twinOf: market.add(part) })
      else market.add({ ...part, accomplice: market.add({ ...nothing, conduct }) })
    } else {
      market.add(part)
    }
  }
}

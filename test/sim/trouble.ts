/**
 * A storm at the beginning of a run: rough weather, crashes, a tracker that goes away, disks that
 * fail. Behind it everything works again, so what does not come right by itself shows.
 */
import type { Dice } from './dice.js'
import type { Market } from './market.js'
import { SOUND_MEMBER_DISK } from './member.js'
import { SOUND_DISK } from './tracker-host.js'
import { FAIR, roughWeather } from './weather.js'

/** How long a storm lasts, least and most; milliseconds. */
const STORM_MS = [60_000, 120_000] as const
const OUTAGES_MAX_COUNT = 3
const OUTAGE_MS = [1000, 60_000] as const
const CRASHES_MAX_COUNT = 4
/** One in so many is restored from a backup, of this age. */
const RESTORED = 0.05
const BACKUP_AGE_MS = [500, 30_000] as const

/** Plans a storm. */
export function plan(market: Market, dice: Dice): void {
  const { clock, host, members } = market
  const length = dice.between(...STORM_MS)
  const sometime = (work: () => void): void => clock.after(dice.between(1000, length), work)
  market.weather = roughWeather(dice)
  const upTo = (most: number): number => (dice.chance(0.5) ? dice.between(0, most) : 0)
  for (let left = dice.below(OUTAGES_MAX_COUNT + 1); left > 0; left--) {
    sometime(() => market.interrupt(dice.between(...OUTAGE_MS)))
  }
  host.disk = { before: upTo(0.02), undone: upTo(0.02), untold: upTo(0.02) }
  for (const member of members) {
    const fails = upTo(0.01)
    member.disk = { fails, writesMs: [0, dice.between(1, 60)] }
    const { conduct, house } = member.part
    if (conduct.honest && !house && dice.chance(RESTORED)) {
      sometime(() => {
        member.backUp()
        clock.after(dice.between(...BACKUP_AGE_MS), () => member.restore())
      })
    }
    for (let left = dice.below(CRASHES_MAX_COUNT + 1); left > 0; left--) {
      sometime(() => member.crash())
    }
  }
  // Whoever comes back with an old home has to be able to ask whether it is current.
  const startRestored = (): void => {
    if (host.away) clock.after(1000, startRestored)
    else for (const member of members) if (member.restored) member.start()
  }
  clock.after(length, () => {
    market.trace.note('weather', 'clears up')
    market.weather = FAIR
    host.disk = SOUND_DISK
    for (const member of members) member.disk = SOUND_MEMBER_DISK
    startRestored()
  })
}

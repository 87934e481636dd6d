/** What goes wrong in a run without anybody's doing: how often, and where. */
import type { Dice } from './dice.js'

/** Probabilities of faults; times in milliseconds. */
export interface Weather {
  /** How long a frame or a call is under way, least and most. */
  readonly delayMs: readonly [number, number]
  /** Connections, by frame. */
  readonly line: {
    readonly cut: number
    /** Of sealed messages: gone, come twice, overtaken by the next. */
    readonly lost: number
    readonly repeated: number
    readonly overtaken: number
  }
  /** Calls of the tracker: gone on the way there, on the way back, come twice. */
  readonly call: { readonly lost: number; readonly unanswered: number; readonly repeated: number }
}

/** Nothing is lost; everything takes a little. */
export const FAIR: Weather = {
  delayMs: [5, 40],
  line: { cut: 0, lost: 0, repeated: 0, overtaken: 0 },
  call: { lost: 0, unanswered: 0, repeated: 0 },
}

/** A weather in which everything goes wrong now and then, some things more than others. */
export function roughWeather(dice: Dice): Weather {
  const upTo = (most: number): number => (dice.chance(0.5) ? dice.between(0, most) : 0)
  return {
    delayMs: [5, dice.between(20, 400)],
    line: {
      cut: upTo(0.002),
      lost: upTo(0.002),
      repeated: upTo(0.002),
      overtaken: upTo(0.002),
    },
    call: { lost: upTo(0.1), unanswered: upTo(0.1), repeated: upTo(0.1) },
  }
}

/** What goes wrong in a run without anybody's doing: how often, and where. */

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

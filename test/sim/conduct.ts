/** How members behave: where they depart from the shipped client, if they do. */

/** One way to behave. */
export interface Conduct {
  readonly name: string
  /** Whether the promises of the design are made to it. */
  readonly honest: boolean
  /** How long a verified piece is kept from the gate, which pays for it; milliseconds. */
  readonly paysAfterMs: number
  /** What leaves when the gate says that a block be served. */
  readonly serves: 'blocks' | 'junk' | 'nothing' | 'all but the last block'
}

/** The shipped client. */
export const HONEST: Conduct = { name: 'honest', honest: true, paysAfterMs: 0, serves: 'blocks' }

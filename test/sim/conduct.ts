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
  /** Asks for every block that it can name, whatever its gate says, and tells the gate nothing. */
  readonly grabs: boolean
  /** Hangs up on everyone after so long, and comes again; milliseconds. */
  readonly hangsUpAfterMs: number
  /** Has the content from the beginning, and comes to sell it. */
  readonly sells: boolean
}

/** The shipped client. */
export const HONEST: Conduct = {
  ...{ name: 'honest', honest: true, paysAfterMs: 0, serves: 'blocks', sells: false },
  grabs: false,
  hangsUpAfterMs: Number.POSITIVE_INFINITY,
}

const cheat = (name: string, does: Partial<Conduct>): Conduct => ({
  ...HONEST,
  ...does,
  name,
  honest: false,
})

const NEVER = Number.POSITIVE_INFINITY

/** Everyone who wants something for nothing, or spoils what others want. */
export const CHEATS: readonly Conduct[] = [
  cheat('never pays', { paysAfterMs: NEVER }),
  cheat('grabs', { paysAfterMs: NEVER, grabs: true }),
  cheat('pays late', { paysAfterMs: 80_000 }),
  cheat('sheds debts by new connections', { paysAfterMs: NEVER, hangsUpAfterMs: 1500 }),
  cheat('sends junk', { serves: 'junk', sells: true }),
  cheat('sends nothing', { serves: 'nothing', sells: true }),
  cheat('keeps the last block', { serves: 'all but the last block', sells: true }),
]

/** Pays two sellers with the same tokens: by two machines, or an accomplice first. */
export const DOUBLE_SPENDER: Conduct = cheat('spends twice', {})

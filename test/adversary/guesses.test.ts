/** Forged hash lists and guessed tokens: money that the tracker never issued. */
import { randomBytes } from 'node:crypto'
import { concat } from '../../shared/bytes.js'
import { signString } from '../../shared/crypto.js'
import { must } from '../../shared/errors.js'
import type { PieceIndex, Uid } from '../../shared/identifier.js'
import { CLAIM_MAX_BYTES, Claim, Payment } from '../../shared/schemes/floodgate/records.js'
import { advance, noProgress, tokenHasher } from '../../shared/schemes/floodgate/tokens.js'
import type { Progress } from '../../shared/schemes/scheme.js'
import { GUESSES_FREE_COUNT } from '../../shared/tracker-limits.js'
import { decode, encode } from '../../shared/wire/record.js'
import { claimOf } from '../unit/tracker-member.js'
import { Buyer } from './buyer.js'
import { Cheat } from './cheat.js'
import { attacksOn } from './harness.js'
import type { Line } from './line.js'
import { PIECES } from './stage.js'

const { row } = attacksOn('guesses')

const random = (bytes: number): Uint8Array => new Uint8Array(randomBytes(bytes))

/** A buyer that coins its own tokens, and a hash list in which they stand. */
class Coiner extends Buyer {
  readonly #coins = Array.from({ length: PIECES }, () => random(32))
  #progress: Progress | undefined

  /** The hash of a coin in its place. */
  #hashOf(piece: number): Uint8Array {
    return tokenHasher(this.rid)(piece, this.#coins[piece] as Uint8Array)
  }

  /** The first page of its own list. */
  poison(line: Line): void {
    const hashes = this.#coins.map((_, piece) => this.#hashOf(piece))
    line.send({ name: 'page', rid: this.rid, page: 0, body: concat(...hashes) })
  }

  /** Pays with a coin. */
  coin(line: Line, seller: Uid, piece: number): void {
    const from = this.#progress ?? noProgress(this.signer.fingerprint, this.rid, seller)
    this.#progress = advance(from, piece as PieceIndex, this.#hashOf(piece))
    const { k } = this.#progress
    const token = this.#coins[piece] as Uint8Array
    line.send({ name: 'token', rid: this.rid, k, piece: piece as PieceIndex, token })
  }

  /** Signs for its coins; whether the seller thanks for them. */
  async pledge(line: Line, seller: Uid): Promise<boolean> {
    const { chain, k } = this.#progress as Progress
    const payment = encode(Payment, { rid: this.rid, seller, k, chain })
    const body = signString('payment', payment, this.signer)
    line.send({ name: 'payment', rid: this.rid, k, body })
    return (await line.next('receipt', 'retry', 'closing'))?.name === 'receipt'
  }
}

row({
  attack: 'poisoned page of the hash list: the page names tokens of the making of its buyer',
  source: '§III.E, §IV.E, D4',
  outcome: 'the provider signs the digest of each page: the buyer is cut off and blacklisted',
  defence: {
    file: 'shared/schemes/floodgate/payee.js',
    from: 'if (!known || !equal(pageDigest(bytes), nth(digests, page)))',
    to: 'if (!known)',
  },
  atMost: () => 0,
  play: async ({ stage, sold, dist, name, b }) => {
    const seller = await stage.seller(dist, name)
    const coiner = new Coiner(stage, sold)
    await coiner.join()
    await stage.credit(coiner.uid, '1')
    coiner.bought = await coiner.buy(sold)
    coiner.peers = coiner.bought.answer.peers
    await coiner.list(seller)
    const { line } = await coiner.open(seller)
    coiner.poison(line)
    let lost = 0
    for (let first = 0; first < PIECES; first += b) {
      const run = Array.from({ length: b }, (_, at) => first + at)
      if ((await coiner.ask(line, seller.uid, run)) !== true) break
      for (const piece of run) {
        if (await coiner.take(line, piece)) lost++
        coiner.coin(line, seller.uid, piece)
      }
      if (!(await coiner.pledge(line, seller.uid))) break
    }
    await line.end()
    return { succeeded: lost === PIECES, lost }
  },
})

row({
  attack: 'oracle use: guessed claims, one after the other',
  source: '§IV.F',
  outcome: 'after 16 false claims each answer takes twice as long as the one before',
  defence: {
    file: 'tracker/calls.js',
    from: 'const waitMs = tracker.guesses.wait(member.uid, name);',
    to: 'const waitMs = 0;',
  },
  honest: 'tracker',
  atMost: () => 0,
  play: async ({ stage, sold }) => {
    const buyer = await Buyer.of(stage, sold)
    const guesser = await new Cheat(stage).join()
    const paid = buyer.pay(buyer.bought, guesser.uid, [0])
    const { rid, claim } = claimOf(buyer.rid, guesser.uid, paid)
    const body = must(decode(Claim, claim, CLAIM_MAX_BYTES))
    const tries = 3 * GUESSES_FREE_COUNT
    let answered = 0
    for (let time = 0; time < tries; time++) {
      const guess = { rid, claim: encode(Claim, { ...body, digest: random(32) }) }
      const { grants } = await guesser.claim([guess])
      if (grants[0]?.code === 'claim-mismatch') answered++
    }
    return { succeeded: answered === tries, lost: 0 }
  },
})

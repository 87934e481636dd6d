/**
 * A market for tests of cases: one content, a buyer that has it, two sellers that its lists name.
 */
import assert from 'node:assert/strict'
import { must } from '../../shared/errors.js'
import { audit } from '../../tracker/audit/audit.js'
import { judgeOf } from '../../tracker/case-files.js'
import { readKey } from '../../tracker/config.js'
import { settleDue } from '../../tracker/maturity.js'
import { verifyLedger } from '../../tracker/verify.js'
import { bundle, casesOf, complain } from './plaintiff.js'
import type { Bought, Member, Sold } from './tracker-member.js'
import { World } from './tracker-world.js'

export const REWARD = 10_000n
export const WINDOW_MS = 60_000
export const ANSWER_MS = 120_000
export const DAY_MS = 86_400_000

/** Who is there, and what was bought. */
export class Courtroom {
  readonly world: World
  readonly sold: Sold
  readonly buyer: Member
  readonly seller: Member
  readonly rival: Member
  readonly bought: Bought

  private constructor(
    world: World,
    sold: Sold,
    [buyer, seller, rival]: readonly [Member, Member, Member],
    bought: Bought,
  ) {
    this.world = world
    this.sold = sold
    this.buyer = buyer
    this.seller = seller
    this.rival = rival
    this.bought = bought
  }

  static async open(): Promise<Courtroom> {
    const world = await World.start()
    const windows = { complaint: WINDOW_MS, answer: ANSWER_MS, marks: 2, n: 2, b: 2 }
    const sold = await world.publish(20, windows)
    const buyer = await world.member('buyer', '5')
    const seller = await world.member('seller', '5')
    const rival = await world.member('rival', '5')
    for (const each of [seller, rival]) {
      await each.buy(sold)
      await each.announce(sold.cid, 7001)
    }
    return new Courtroom(world, sold, [buyer, seller, rival], await buyer.buy(sold))
  }

  /** Looks that the books are right, and closes. */
  async close(): Promise<void> {
    await this.balanced()
    assert.deepEqual(this.world.errors, [])
    await this.world.close()
  }

  /** The books are right by our own verifier and by the independent one. */
  async balanced(): Promise<void> {
    const { home, tracker } = this.world
    assert.deepEqual((await verifyLedger(tracker)).problems, [])
    const vaultKey = must(readKey(home.vaultKey))
    const found = audit(home.database, { vaultKey, judge: judgeOf(tracker) })
    assert.deepEqual(found.problems, [])
  }

  settle(): Promise<number> {
    return settleDue(this.world.tracker, this.world.tracker.now())
  }

  async balanceOf(name: string): Promise<bigint> {
    return (await this.world.balances())[name] ?? 0n
  }

  /** What a member holds, matured or not. */
  async wealthOf({ uid }: Member): Promise<bigint> {
    const [own, waiting] = [`member:${uid}:spendable`, `member:${uid}:pending`]
    return (await this.balanceOf(own)) + (await this.balanceOf(waiting))
  }

  /** Complains of pieces of the one grant. */
  async file(pieces: readonly number[], by = this.seller) {
    return complain(by, await bundle(this.world, by, this.buyer, this.bought, pieces))
  }

  /** Opens a case that the accused has fetched; its number. */
  async told(pieces: readonly number[], by = this.seller): Promise<number> {
    const { entry, reply } = await this.file(pieces, by)
    assert.ok(entry !== undefined, `${reply.code} ${reply.detail}`)
    await casesOf(this.buyer)
    return entry.number
  }

  async stateOf(number: number, of = this.seller) {
    const entry = (await casesOf(of)).cases.find((each) => each.number === number)
    return [entry?.state, entry?.outcome]
  }
}

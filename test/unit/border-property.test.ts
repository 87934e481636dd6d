/**
 * Whatever members and the desk do with vouchers and payouts, in whatever order, repeated and
 * refused: every account holds what a plain sum says, and both sets of books agree.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { FUNDING, payout as payoutOf, spendable } from '../../shared/account.js'
import { amount } from '../../shared/amount.js'
import { concat, toHex } from '../../shared/bytes.js'
import { sha256 } from '../../shared/crypto.js'
import { must, refused } from '../../shared/errors.js'
import type { Uid } from '../../shared/identifier.js'
import { API_ANSWER_MAX_BYTES } from '../../shared/limits.js'
import { PAYOUTS_WAITING_MAX_COUNT, VOUCHER_BYTES } from '../../shared/money-limits.js'
import { PayoutAnswer, type PayoutCall } from '../../shared/payouts.js'
import type { RedeemCall } from '../../shared/vouchers.js'
import { decode } from '../../shared/wire/record.js'
import { audit } from '../../tracker/audit/audit.js'
import { readKey } from '../../tracker/config.js'
import { balanceOf, commit } from '../../tracker/ledger.js'
import { decidePayout, payout } from '../../tracker/payouts.js'
import type { MemberRow, Rows } from '../../tracker/rows.js'
import type { CallContext } from '../../tracker/tracker.js'
import { verifyLedger } from '../../tracker/verify.js'
import { redeem } from '../../tracker/vouchers.js'
import { World } from './tracker-world.js'

const MEMBERS_COUNT = 2
const LIFE_MS = 100

const random = (bytes: number): Uint8Array => new Uint8Array(randomBytes(bytes))

let world: World
before(async () => {
  world = await World.start()
})
after(() => world.close())

/** What somebody does; numbers are of members, vouchers and payouts, which may not be there. */
type Step =
  | { readonly do: 'topup'; readonly who: number; readonly sum: number }
  | { readonly do: 'make'; readonly sum: number }
  | { readonly do: 'redeem'; readonly who: number; readonly voucher: number }
  | { readonly do: 'void'; readonly voucher: number }
  | { readonly do: 'ask'; readonly who: number; readonly id: number; readonly sum: number }
  | { readonly do: 'paid' | 'returned'; readonly payout: number }
  | { readonly do: 'wait' }

const few = fc.nat({ max: 4 })
const who = fc.nat({ max: MEMBERS_COUNT - 1 })
const sum = fc.integer({ min: 1, max: 5 })
const STEP: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('topup' as const), who, sum }),
  fc.record({ do: fc.constant('make' as const), sum }),
  fc.record({ do: fc.constant('redeem' as const), who, voucher: few }),
  fc.record({ do: fc.constant('void' as const), voucher: few }),
  fc.record({ do: fc.constant('ask' as const), who, id: few, sum }),
  fc.record({ do: fc.constantFrom('paid' as const, 'returned' as const), payout: few }),
  fc.record({ do: fc.constant('wait' as const) }),
)

interface Voucher {
  readonly id: number
  readonly sum: bigint
  readonly until: number
  by?: number
  gone?: true
}

interface Payout {
  readonly row: number
  readonly who: number
  readonly id: number
  readonly sum: bigint
  state: 'asked' | 'paid' | 'returned'
}

/** One run: what was done, beside the books that the tracker keeps of it. */
class Model {
  readonly #rows: Rows
  readonly #members: readonly MemberRow[]
  /** Of its own vouchers and payouts: other runs have others. */
  readonly #run = random(16)
  nowMs = 1_000_000
  readonly free = [0n, 0n]
  readonly vouchers: Voucher[] = []
  readonly payouts: Payout[] = []
  /** What came in, less what left. */
  inside = 0n

  private constructor(rows: Rows, members: readonly MemberRow[]) {
    this.#rows = rows
    this.#members = members
  }

  /** A run with members of its own. */
  static async of(rows: Rows): Promise<Model> {
    const members: MemberRow[] = []
    for (let count = 0; count < MEMBERS_COUNT; count++) {
      const uid = toHex(random(16)) as Uid
      const id = await rows.members.insert({ uid, key: random(32), name: uid, registered: 0 })
      members.push((await rows.members.byId(id)) as MemberRow)
    }
    return new Model(rows, members)
  }

  #uid(who: number): Uid {
    return (this.#members[who] as MemberRow).uid
  }

  #context(who: number): CallContext {
    const member = this.#members[who] as MemberRow
    const call = { signed: new Uint8Array(0), host: '' }
    return { tracker: world.tracker, rows: this.#rows, member, nowMs: this.nowMs, ...call }
  }

  /** The code of a voucher, or the id of a payout. */
  #named(number: number, bytes: number): Uint8Array {
    return sha256(concat(this.#run, new Uint8Array([number]))).subarray(0, bytes)
  }

  async #topup(who: number, sum: bigint): Promise<void> {
    const transfers = [{ debit: FUNDING, credit: spendable(this.#uid(who)), amount: amount(sum) }]
    const request = { key: random(16), kind: 'topup', at: this.nowMs, transfers } as const
    must(await commit(this.#rows, request))
    this.free[who] = (this.free[who] ?? 0n) + sum
    this.inside += sum
  }

  async #make(sum: bigint): Promise<void> {
    const hash = sha256(this.#named(this.vouchers.length, VOUCHER_BYTES))
    const [made, until] = [this.nowMs, this.nowMs + LIFE_MS]
    const row = { hash, amount: amount(sum), note: '', source: undefined, made, until }
    this.vouchers.push({ id: await this.#rows.vouchers.insert(row), sum, until })
  }

  async #redeem(who: number, at: number): Promise<void> {
    const answer = await redeem(this.#context(who), {
      code: this.#named(at, VOUCHER_BYTES),
    } as RedeemCall)
    const known = this.vouchers[at]
    const again = known?.by === who
    const open = known !== undefined && known.by === undefined && known.gone === undefined
    const taken = open && this.nowMs < known.until
    assert.equal(refused(answer), !again && !taken)
    if (!taken) return
    known.by = who
    this.free[who] = (this.free[who] ?? 0n) + known.sum
    this.inside += known.sum
  }

  async #void(at: number): Promise<void> {
    const known = this.vouchers[at]
    if (known === undefined) return
    await this.#rows.vouchers.void(known.id, this.nowMs)
    if (known.by === undefined) known.gone = true
  }

  async #ask(who: number, id: number, sum: bigint): Promise<void> {
    const call = { id: this.#named(id, 16), amount: amount(sum), to: 'the bank' } as PayoutCall
    const answer = await payout(this.#context(who), call)
    const known = this.payouts.find((one) => one.who === who && one.id === id)
    if (known !== undefined) {
      assert.equal(refused(answer), known.sum !== sum)
      return
    }
    const waiting = this.payouts.filter((one) => one.who === who && one.state === 'asked').length
    const holds = this.free[who] ?? 0n
    const takes = holds >= sum && waiting < PAYOUTS_WAITING_MAX_COUNT
    assert.equal(refused(answer), !takes)
    if (!takes) return
    const { number } = must(decode(PayoutAnswer, must(answer), API_ANSWER_MAX_BYTES))
    this.payouts.push({ row: number, who, id, sum, state: 'asked' })
    this.free[who] = holds - sum
  }

  async #decide(at: number, state: 'paid' | 'returned'): Promise<void> {
    const known = this.payouts[at]
    const row = known && (await this.#rows.payouts.byId(known.row))
    if (known === undefined || row === undefined) return
    const decision = { state, who: 'desk', note: 'x' }
    const done = await decidePayout(this.#rows, row, decision, this.nowMs)
    assert.equal(refused(done), known.state !== 'asked' && known.state !== state)
    if (refused(done)) return
    assert.equal(done.first, known.state === 'asked')
    if (!done.first) return
    known.state = state
    if (state === 'paid') this.inside -= known.sum
    else this.free[known.who] = (this.free[known.who] ?? 0n) + known.sum
  }

  async step(step: Step): Promise<void> {
    if (step.do === 'topup') return this.#topup(step.who, BigInt(step.sum))
    if (step.do === 'make') return this.#make(BigInt(step.sum))
    if (step.do === 'redeem') return this.#redeem(step.who, step.voucher)
    if (step.do === 'void') return this.#void(step.voucher)
    if (step.do === 'ask') return this.#ask(step.who, step.id, BigInt(step.sum))
    if (step.do === 'wait') this.nowMs += LIFE_MS / 2
    else return this.#decide(step.payout, step.do)
  }

  /** What the accounts hold now, of each member and of the world outside. */
  async held(): Promise<bigint[]> {
    const held = async (name: Parameters<Rows['ledger']['account']>[0]): Promise<bigint> =>
      balanceOf(await this.#rows.ledger.account(name))
    const found = [-(await held(FUNDING))]
    for (const { uid } of this.#members) {
      found.push(await held(spendable(uid)), await held(payoutOf(uid)))
    }
    return found
  }

  expected(): bigint[] {
    const waits = (who: number): bigint =>
      this.payouts
        .filter((one) => one.who === who && one.state === 'asked')
        .reduce((total, one) => total + one.sum, 0n)
    return [this.inside, ...this.free.flatMap((free, who) => [free, waits(who)])]
  }
}

test('vouchers and payouts in any order add up after every step', async () => {
  const steps = fc.array(STEP, { minLength: 10, maxLength: 60 })
  const runs = fc.asyncProperty(steps, (all) =>
    world.tracker.store.write(async (rows) => {
      const model = await Model.of(rows)
      const [outside = 0n] = await model.held()
      for (const step of all) {
        await model.step(step)
        const [inside = 0n, ...own] = await model.held()
        assert.deepEqual([inside - outside, ...own], model.expected())
      }
    }),
  )
  await fc.assert(runs, { numRuns: 60 })
  assert.deepEqual((await verifyLedger(world.tracker)).problems, [])
  const vaultKey = must(readKey(world.home.vaultKey))
  assert.deepEqual(audit(world.home.database, { vaultKey }).problems, [])
})

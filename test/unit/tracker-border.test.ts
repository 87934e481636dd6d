/**
 * Money that enters by voucher and leaves by payout: each once, however often it is asked for, by
 * whom, and whatever the provider says twice; and both sets of books know it.
 */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { parseAmount } from '../../shared/amount.js'
import { AccountAnswer } from '../../shared/api.js'
import { must, refused } from '../../shared/errors.js'
import { PAYOUTS_WAITING_MAX_COUNT, VOUCHER_BYTES } from '../../shared/money-limits.js'
import { PayoutAnswer, PayoutsAnswer } from '../../shared/payouts.js'
import { GUESSES_FREE_COUNT } from '../../shared/tracker-limits.js'
import { DAY_MS } from '../../shared/units.js'
import { formatVoucher, parseVoucher, RedeemAnswer } from '../../shared/vouchers.js'
import { settleDue } from '../../tracker/maturity.js'
import { verifyLedger } from '../../tracker/verify.js'
import { openDatabase } from '../open-database.js'
import { claimOf, decodeBody, type Member } from './tracker-member.js'
import { run } from './tracker-process.js'
import { World } from './tracker-world.js'

const random = (bytes: number): Uint8Array => new Uint8Array(randomBytes(bytes))

let world: World
before(async () => {
  world = await World.start()
})
after(() => world.close())

const desk = (...args: readonly string[]) => run(world.home.folder, ...args, '--json')

/** Makes a voucher by the provider's verb; gives its code and number. */
function voucher(amount: string, ...more: readonly string[]) {
  const { lines, status, stderr } = desk('voucher', 'create', amount, ...more)
  assert.equal(status, 0, stderr)
  return { code: must(parseVoucher(String(lines[0]?.code))), number: String(lines[0]?.number) }
}

async function redeem(member: Member, code: Uint8Array) {
  const reply = await member.send('redeem', { ...member.head(), code })
  if (reply.code !== 'ok') return { ...reply, answer: undefined }
  return { ...reply, answer: decodeBody(RedeemAnswer, reply.body) }
}

async function ask(member: Member, amount: string, more: { id?: Uint8Array; to?: string } = {}) {
  const { id = random(16), to = 'DE02 1203 0000 0000 2020 51' } = more
  const call = { ...member.head(), id, amount: must(parseAmount(amount)), to }
  const reply = await member.send('payout', call)
  if (reply.code !== 'ok') return { ...reply, answer: undefined }
  return { ...reply, answer: decodeBody(PayoutAnswer, reply.body) }
}

async function account(member: Member) {
  const reply = await member.send('account', member.head())
  assert.equal(reply.code, 'ok')
  return decodeBody(AccountAnswer, reply.body)
}

async function sound(): Promise<void> {
  assert.deepEqual((await verifyLedger(world.tracker)).problems, [])
  const { status, stderr } = desk('audit')
  assert.equal(status, 0, stderr)
}

test('a code is written so that a person can type it, and a slip is found', () => {
  for (let round = 0; round < 50; round++) {
    const code = random(VOUCHER_BYTES)
    const text = formatVoucher(code)
    assert.match(text, /^([0-9A-HJKMNP-TV-Z]{5}-){3}[0-9A-HJKMNP-TV-Z]{5}$/)
    const typed = text.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')
    assert.deepEqual(must(parseVoucher(typed)), code)
  }
  let found = 0
  for (let round = 0; round < 200; round++) {
    const text = formatVoucher(random(VOUCHER_BYTES))
    const slip = text[7] === 'A' ? 'B' : 'A'
    if (refused(parseVoucher(`${text.slice(0, 7)}${slip}${text.slice(8)}`))) found++
  }
  assert.ok(found > 160, `${found} of 200 slips were found`)
})

test('a voucher credits once: again to who redeemed it, never to another', async () => {
  const [ann, bob] = [await world.member('ann'), await world.member('bob')]
  const { code } = voucher('2.50')
  const first = await redeem(ann, code)
  assert.deepEqual([first.answer?.amount, first.answer?.again], [2_500_000n, 0])
  const again = await redeem(ann, code)
  assert.deepEqual([again.answer?.again, again.answer?.spendable], [1, 2_500_000n])
  const other = await redeem(bob, code)
  assert.deepEqual([other.code, other.signed], ['voucher-invalid', true])
  assert.match(other.detail, /redeemed by somebody else/)
  assert.equal((await account(bob)).spendable, 0n)
  await sound()
})

test('many at once get one voucher once', async () => {
  const { code } = voucher('3')
  const crowd = await Promise.all([1, 2, 3, 4, 5, 6].map((at) => world.member(`crowd ${at}`)))
  const replies = await Promise.all(crowd.flatMap((one) => [redeem(one, code), redeem(one, code)]))
  const credited = replies.filter(({ answer }) => answer?.again === 0)
  assert.equal(credited.length, 1)
  const sums = await Promise.all(crowd.map(account))
  assert.equal(
    sums.reduce((sum, { spendable }) => sum + spendable, 0n),
    3_000_000n,
  )
  await sound()
})

test('void, over and unknown vouchers credit nothing; a redeemed one stays so', async () => {
  const ann = await world.member('ann of the void')
  const gone = voucher('1')
  assert.equal(desk('voucher', 'void', gone.number).lines.at(-1)?.first, true)
  assert.equal(desk('voucher', 'void', gone.number).lines.at(-1)?.first, false)
  assert.match((await redeem(ann, gone.code)).detail, /made void/)
  const old = voucher('1', '--for', '1d')
  world.aheadMs += DAY_MS
  assert.match((await redeem(ann, old.code)).detail, /ended at/)
  assert.equal((await redeem(ann, random(VOUCHER_BYTES))).code, 'voucher-invalid')
  const used = voucher('1')
  assert.equal((await redeem(ann, used.code)).code, 'ok')
  const late = desk('voucher', 'void', used.number)
  assert.deepEqual([late.status, late.lines.at(-1)?.code], [1, 'voucher-invalid'])
  assert.equal((await account(ann)).spendable, 1_000_000n)
  await sound()
})

test('who guesses at codes is slowed down', async () => {
  const guesser = await world.member('guesser')
  // Made before: the wait that guessing costs goes by the clock.
  const { code } = voucher('1')
  for (let tries = 0; tries <= GUESSES_FREE_COUNT; tries++) {
    assert.equal((await redeem(guesser, random(VOUCHER_BYTES))).code, 'voucher-invalid')
  }
  assert.equal((await redeem(guesser, code)).code, 'rate-limited')
  world.aheadMs += DAY_MS
  assert.equal((await redeem(guesser, code)).code, 'ok')
})

test('a batch has its own codes, the database keeps none, the list tells of each', () => {
  const { lines } = desk('voucher', 'create', '0.25', '--count', '3', '--note', 'spring fair')
  const codes = lines.slice(0, 3).map(({ code }) => String(code))
  assert.equal(new Set(codes).size, 3)
  const database = openDatabase(world.home.database, { readonly: true })
  const dump = JSON.stringify(database.prepare('SELECT hex(hash), note FROM vouchers').all())
  database.close()
  for (const code of codes) {
    assert.ok(
      !dump.includes(
        Buffer.from(must(parseVoucher(code)))
          .toString('hex')
          .toUpperCase(),
      ),
    )
  }
  const listed = desk('voucher', 'list', '--all').lines
  const states = new Set(listed.map(({ state }) => state))
  assert.deepEqual([...states].filter(Boolean).sort(), ['open', 'redeemed', 'void'])
  const open = desk('voucher', 'list').lines
  assert.equal(open.filter(({ state }) => state !== 'open').length, 1, 'the last line alone')
})

test('a payout leaves the account when it is asked for, the books when it is paid', async () => {
  const ann = await world.member('payee', '5')
  const asked = await ask(ann, '1.75')
  const { number = 0 } = asked.answer ?? {}
  assert.deepEqual([asked.answer?.state, asked.answer?.amount], ['asked', 1_750_000n])
  const before = await account(ann)
  assert.deepEqual([before.spendable, before.paying, before.spent], [3_250_000n, 1_750_000n, 0n])
  await sound()
  const [listed] = desk('payouts', 'list').lines
  assert.deepEqual([listed?.number, listed?.to], [number, 'DE02 1203 0000 0000 2020 51'])
  assert.equal(desk('payouts', 'show', String(number)).lines.at(-1)?.waiting, '1750000')
  const paid = desk('payouts', 'paid', String(number), '--reference', 'SEPA 17')
  assert.deepEqual([paid.status, paid.lines.at(-1)?.first], [0, true])
  const twice = desk('payouts', 'paid', String(number), '--reference', 'SEPA 17')
  assert.deepEqual([twice.status, twice.lines.at(-1)?.first], [0, false])
  const back = desk('payouts', 'return', String(number), '--reason', 'changed my mind')
  assert.deepEqual([back.status, back.lines.at(-1)?.code], [1, 'payout-decided'])
  const after = await account(ann)
  assert.deepEqual(
    [after.spendable, after.paying, after.paidOut],
    [3_250_000n, undefined, 1_750_000n],
  )
  const reply = await ann.send('payouts', ann.head())
  const [told] = decodeBody(PayoutsAnswer, reply.body).payouts
  assert.deepEqual([told?.state, told?.note], ['paid', 'SEPA 17'])
  await sound()
})

test('a payout that is returned is the member’s again, once', async () => {
  const bob = await world.member('returned', '2')
  const { answer } = await ask(bob, '2')
  const reason = ['--reason', 'there is no such account']
  for (const first of [true, false]) {
    const { lines } = desk('payouts', 'return', String(answer?.number), ...reason)
    assert.equal(lines.at(-1)?.first, first)
  }
  const paid = desk('payouts', 'paid', String(answer?.number), '--reference', 'x')
  assert.equal(paid.lines.at(-1)?.code, 'payout-decided')
  const { paidOut, paying, spendable, spent } = await account(bob)
  assert.deepEqual([spendable, spent, paying, paidOut], [2_000_000n, 0n, undefined, undefined])
  await sound()
})

test('the same id takes the money once, and means one payout', async () => {
  const carol = await world.member('carol', '3')
  const id = random(16)
  const both = await Promise.all([ask(carol, '1', { id }), ask(carol, '1', { id })])
  // Two calls at once may overtake each other; whoever was first, the money left once.
  assert.ok(both.some(({ code }) => code === 'ok'))
  const again = await ask(carol, '1', { id })
  assert.equal(again.code, 'ok')
  assert.equal((await account(carol)).paying, 1_000_000n)
  assert.equal((await ask(carol, '2', { id })).code, 'malformed')
  assert.equal((await ask(carol, '1', { id, to: 'elsewhere' })).code, 'malformed')
  await sound()
})

test('only what can be spent is paid out, and only so many wait', async () => {
  const dan = await world.member('dan', '1')
  const poor = await ask(dan, '1.01')
  assert.deepEqual([poor.code, poor.status], ['insufficient-funds', 402])
  assert.match(poor.detail, /the account holds 1\.00 credit, not 1\.01/)
  for (const to of ['', '  ', 'x\u001b[2J']) {
    assert.equal((await ask(dan, '0.10', { to })).code, 'malformed')
  }
  for (let count = 0; count < PAYOUTS_WAITING_MAX_COUNT; count++) {
    assert.equal((await ask(dan, '0.05')).code, 'ok')
  }
  assert.equal((await ask(dan, '0.05')).code, 'too-many-open')
  await sound()
})

test('pending earnings are not paid out, matured ones are', async () => {
  const sold = await world.publish(8)
  const buyer = await world.member('buyer', '3')
  const seller = await world.member('seller')
  const bought = await buyer.buy(sold)
  const paid = buyer.pay(bought, seller.uid, [0, 1, 2])
  await seller.claim([claimOf(bought.rid, seller.uid, paid)])
  assert.equal((await ask(seller, '0.03')).code, 'insufficient-funds')
  world.aheadMs += 61_000
  await settleDue(world.tracker, world.tracker.now())
  assert.equal((await ask(seller, '0.03')).code, 'ok')
  const { escrow, spent } = await account(buyer)
  assert.deepEqual([escrow, spent], [50_000n, 2_000_000n], 'five of eight pieces are unclaimed')
  assert.equal((await account(seller)).earned, 30_000n)
  await sound()
})

test('where payouts go cannot be read out of the database', async () => {
  const eve = await world.member('eve', '1')
  await ask(eve, '0.50', { to: 'a-very-private-place' })
  const database = openDatabase(world.home.database, { readonly: true })
  const rows = database.prepare('SELECT destination FROM payouts').all() as {
    destination: Buffer
  }[]
  database.close()
  for (const { destination } of rows) assert.ok(!destination.includes('a-very-private-place'))
})

/** `voucher`: codes that are worth an amount once; make, list or void them. */
import { formatAmount, parseSum } from '../../shared/amount.js'
import {
  byWord,
  fail,
  type Input,
  numberOption,
  stringOption,
  type Verb,
  visible,
  wholeNumber,
} from '../../shared/command.js'
import { sha256 } from '../../shared/crypto.js'
import { must } from '../../shared/errors.js'
import {
  VOUCHER_BYTES,
  VOUCHER_LIFE_MS,
  VOUCHER_NOTE_MAX_BYTES,
  VOUCHERS_MADE_MAX_COUNT,
} from '../../shared/money-limits.js'
import { SOURCE_MAX_BYTES } from '../../shared/tracker-limits.js'
import { formatVoucher } from '../../shared/vouchers.js'
import { formatMoment } from '../../shared/words.js'
import { paymentSource } from '../flows.js'
import type { Rows } from '../rows.js'
import { shortText } from '../settings.js'
import type { VoucherRow } from '../voucher-rows.js'
import { codeLife, type VerbContext, withTracker } from './context.js'

type Result = Readonly<Record<string, unknown>>

const LISTED_MAX_COUNT = 10_000

async function create(input: Input, context: VerbContext): Promise<Result> {
  const { positionals, report, values } = input
  const [, text = ''] = positionals
  const amount = must(parseSum(text))
  const bounds = { min: 1, max: VOUCHERS_MADE_MAX_COUNT }
  const count = must(numberOption(values, 'count', bounds)) ?? 1
  const lifeMs = must(codeLife(values)) ?? VOUCHER_LIFE_MS
  const given = stringOption(values, 'note')
  const note = given === undefined ? '' : must(shortText('note', given, VOUCHER_NOTE_MAX_BYTES))
  const payer = stringOption(values, 'source')
  const source = payer === undefined ? payer : must(shortText('source', payer, SOURCE_MAX_BYTES))
  const made = context.now()
  const until = made + lifeMs
  return withTracker(input, context, async ({ config, store, vault }) => {
    const codes = Array.from({ length: count }, () => context.random(VOUCHER_BYTES))
    const paid = source === undefined ? undefined : paymentSource(vault, source).bytes
    const row = { amount, note, source: paid, made, until }
    // All of a batch or none, and none is shown before it counts.
    const numbers = await store.write(async (rows) => {
      const ids: number[] = []
      for (const code of codes) ids.push(await rows.vouchers.insert({ ...row, hash: sha256(code) }))
      return ids
    })
    const worth = `${formatAmount(amount)} ${config.currency}`
    for (const [at, code] of codes.entries()) {
      const shown = formatVoucher(code)
      const number = numbers[at]
      report.event({ event: 'voucher', number, code: shown, amount, until }, `${shown}  ${worth}`)
    }
    const batch = count === 1 ? `a voucher of ${worth}` : `${count} vouchers of ${worth} each`
    report.line(`${batch}, until ${formatMoment(until)}: floodgate redeem CODE`)
    return { vouchers: count, amount, until }
  })
}

/** What became of a voucher, in a word and a few more. */
async function fateOf(rows: Rows, voucher: VoucherRow, nowMs: number) {
  const { member, until, voided } = voucher
  const owner = member === undefined ? undefined : await rows.members.byId(member)
  if (owner !== undefined) return { state: 'redeemed', uid: owner.uid, by: owner.name }
  if (voided !== undefined) return { state: 'void' }
  return { state: nowMs < until ? 'open' : 'ended' }
}

async function list(input: Input, context: VerbContext): Promise<Result> {
  const { report, values } = input
  const nowMs = context.now()
  return withTracker(input, context, async ({ store }) => {
    const found = await store.read(async (rows) => {
      const all = await rows.vouchers.all(values.all === true ? undefined : nowMs, LISTED_MAX_COUNT)
      return Promise.all(all.map(async (row) => ({ row, fate: await fateOf(rows, row, nowMs) })))
    })
    let open = 0n
    for (const { fate, row } of found) {
      const { amount, id, made, note, until } = row
      if (fate.state === 'open') open += amount
      const whose = fate.by === undefined ? '' : ` by ${visible(fate.by)}`
      const state = `${fate.state}${whose}  until ${formatMoment(until)}`
      const line = `${id}  ${formatAmount(amount)}  ${state}`
      const event = { event: 'voucher', number: id, amount, made, until, note, ...fate }
      report.event(event, `${line}  ${visible(note)}`.trimEnd())
    }
    const none =
      values.all === true ? 'none was made' : 'none can be redeemed; --all lists every one'
    if (found.length === 0) report.line(none)
    else report.line(`${formatAmount(open)} can still be redeemed`)
    return { vouchers: found.length, open }
  })
}

async function voidOne(input: Input, context: VerbContext): Promise<Result> {
  const number =
    wholeNumber(input.positionals[1]) ??
    fail('usage', 'name a voucher by its number: floodgate-tracker voucher list')
  const done = await withTracker(input, context, ({ store }) =>
    store.write(async (rows) => {
      const voucher = await rows.vouchers.byId(number)
      if (voucher === undefined) {
        return fail('voucher-invalid', `there is no voucher ${number}; voucher list`)
      }
      if (voucher.member !== undefined) {
        return fail('voucher-invalid', `voucher ${number} was redeemed already`)
      }
      const first = voucher.voided === undefined
      if (first) await rows.vouchers.void(number, context.now())
      return { number, amount: voucher.amount, first }
    }),
  )
  // Not before it is on the disk.
  input.report.line(`nobody can redeem voucher ${number} any more`)
  return done
}

const ACTIONS: Readonly<Record<string, Verb<VerbContext>['run']>> = { create, list, void: voidOne }

export const voucher: Verb<VerbContext> = {
  name: 'voucher',
  summary: 'codes that are worth an amount once: create, list, void',
  usage:
    'create AMOUNT [--count N] [--for TIME] [--note TEXT] [--source TEXT] | ' +
    '[list] [--all] | void NUMBER',
  options: {
    count: { type: 'string', value: 'N', help: 'how many (1)' },
    for: { type: 'string', value: 'TIME', help: 'how long they hold (365d)' },
    note: { type: 'string', value: 'TEXT', help: 'for your own list: whom they are for' },
    source: { type: 'string', value: 'TEXT', help: 'whose money it is: a card, a bank account' },
    all: { type: 'boolean', help: 'list those that are redeemed, void or over too' },
  },
  examples: ['create 5', "create 2.50 --count 100 --note 'spring fair'", '', 'void 3'],
  run: byWord(ACTIONS, 'list'),
}

/**
 * Money that enters and leaves by a member's own calls: vouchers and payouts.
 */
import type { Call } from '../../shared/api.js'
import { sha256 } from '../../shared/crypto.js'
import type { Code } from '../../shared/errors.js'
import { formatVoucher } from '../../shared/vouchers.js'
import { type Case, caseMaker } from './vector.js'
import { alice, bob, type Member, NOW, named } from './world.js'

/** A call by a member, and how its fields depart from an honest one. */
interface Bent {
  readonly by?: Member
  readonly fields?: object
}

const DAY = 24 * 60 * 60 * 1000
const CODE = named('a voucher', 12)
const GIVEN = named('a voucher that is given away', 12)
const voucher = (code: Uint8Array, rest: object = {}) => {
  return { hash: sha256(code), amount: 2_500_000n, until: NOW + DAY, ...rest }
}
/** A tracker with one voucher that anybody can redeem, and one that bob has redeemed. */
const withVouchers = { vouchers: [voucher(CODE), voucher(GIVEN, { by: bob.uid })] }
const withOld = { vouchers: [voucher(CODE, { until: NOW })] }
const withVoid = { vouchers: [voucher(CODE, { voided: NOW - DAY })] }

/** What each of these calls says beyond its head. */
export const MONEY_BODIES = {
  redeem: { code: CODE },
  payout: { id: named('payout id', 16), amount: 1_250_000n, to: 'DE02 1203 0000 0000 2020 51' },
  payouts: {},
  postings: { after: 0 },
}

export const MONEY_HONEST: readonly (readonly [string, Call, Bent, object?])[] = [
  ['redeem', 'redeem', { by: alice }, withVouchers],
  ['redeem again', 'redeem', { by: bob, fields: { code: GIVEN } }, withVouchers],
  ['payout', 'payout', {}],
  ['payouts', 'payouts', {}],
  ['postings', 'postings', {}],
  ['postings of nobody who traded', 'postings', { fields: { after: 1_000 } }],
]

export const MONEY_REFUSED: readonly (readonly [string, Call, Code, Bent, object?])[] = [
  ['a voucher that never was', 'redeem', 'voucher-invalid', {}, { vouchers: [] }],
  [
    'a voucher that somebody else redeemed',
    'redeem',
    'voucher-invalid',
    { by: alice, fields: { code: GIVEN } },
    withVouchers,
  ],
  ['a voucher that has ended', 'redeem', 'voucher-invalid', {}, withOld],
  ['a voucher that is void', 'redeem', 'voucher-invalid', {}, withVoid],
  ['a payout of nothing', 'payout', 'malformed', { fields: { amount: 0n } }],
  ['a payout to nowhere', 'payout', 'malformed', { fields: { to: ' ' } }],
  ['a payout that moves the cursor', 'payout', 'malformed', { fields: { to: 'me\u001b[2J' } }],
  ['a payout of more than there is', 'payout', 'insufficient-funds', { by: alice }],
]

/** What people type, and the bytes of the code. */
export function voucherCases(): Case[] {
  const make = caseMaker('voucher', '13.10')
  const text = formatVoucher(CODE)
  const slip = text.startsWith('0') ? '1' : '0'
  return [
    make('a voucher as it is printed', { text }),
    make('a voucher in small letters, without dashes', {
      text: ` ${text.toLowerCase().replaceAll('-', '')} `,
    }),
    make('zeros and ones as letters', {
      text: formatVoucher(new Uint8Array(12)).replaceAll('0', 'o'),
    }),
    make('a wrong first digit', { text: slip + text.slice(1) }, 'voucher-invalid'),
    make('a digit too few', { text: text.slice(1) }, 'voucher-invalid'),
    make('a letter that no code has', { text: `U${text.slice(1)}` }, 'voucher-invalid'),
  ]
}

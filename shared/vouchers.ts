/**
 * Vouchers: codes that a provider sells or gives away, each worth an amount once (PROTOCOL 13.10).
 */
import { head } from './api.js'
import { sha256 } from './crypto.js'
import { type Refusal, refuse } from './errors.js'
import { VOUCHER_BYTES } from './money-limits.js'
import { amountField, bytes, int, record, type TypeOf } from './wire/record.js'

/** Credits the caller with a voucher; asking again credits nothing and answers the same. */
export const RedeemCall = record({ ...head, code: bytes(VOUCHER_BYTES) })
export type RedeemCall = TypeOf<typeof RedeemCall>

export const RedeemAnswer = record({
  amount: amountField,
  /** Whether the caller had redeemed it before, so that nothing was credited now. */
  again: int(0, 1),
  /** What the account holds now. */
  spendable: amountField,
})

/** Crockford's digits: none can be taken for another. */
const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const DIGIT_BITS = 5
const GROUP_DIGITS = 5
const CHECK_BITS = 4
const DIGITS_COUNT = (VOUCHER_BYTES * 8 + CHECK_BITS) / DIGIT_BITS

/** The first bits of the code's SHA-256: fifteen of sixteen slips are found before anybody asks. */
function checkOf(code: Uint8Array): bigint {
  return BigInt((sha256(code)[0] as number) >> (8 - CHECK_BITS))
}

/** A code as people read it: `7KQ3M-9XW2A-04TRE-C6HZP`. */
export function formatVoucher(code: Uint8Array): string {
  let rest =
    (BigInt(`0x${Buffer.from(code).toString('hex')}`) << BigInt(CHECK_BITS)) | checkOf(code)
  let text = ''
  for (let place = 0; place < DIGITS_COUNT; place++) {
    const dash = place > 0 && place % GROUP_DIGITS === 0 ? '-' : ''
    text = `${DIGITS[Number(rest & 31n)]}${dash}${text}`
    rest >>= BigInt(DIGIT_BITS)
  }
  return text
}

/**
 * Reads what a person types: letters of either size, dashes and spaces anywhere, I and L for 1, O
 * for 0. Refuses as voucher-invalid what cannot be a code.
 */
export function parseVoucher(text: string): Uint8Array | Refusal {
  const typed = text.toUpperCase().replace(/[-\s]/g, '').replace(/[IL]/g, '1').replace(/O/g, '0')
  const digits = Array.from(typed, (digit) => DIGITS.indexOf(digit))
  if (digits.length !== DIGITS_COUNT || digits.includes(-1)) {
    const example = 'XXXXX-XXXXX-XXXXX-XXXXX'
    return refuse('voucher-invalid', `a voucher has ${DIGITS_COUNT} letters and digits: ${example}`)
  }
  const value = digits.reduce((sum, digit) => (sum << BigInt(DIGIT_BITS)) | BigInt(digit), 0n)
  const hex = (value >> BigInt(CHECK_BITS)).toString(16).padStart(VOUCHER_BYTES * 2, '0')
  const code = new Uint8Array(Buffer.from(hex, 'hex'))
  const check = value & ((1n << BigInt(CHECK_BITS)) - 1n)
  if (checkOf(code) === check) return code
  return refuse('voucher-invalid', 'a letter or digit of this voucher is wrong: look at it again')
}

/**
 * Money: a bigint count of millionths of the currency's main unit, never a float.
 *
 * Text for people has up to six decimals ("1.25"); on the wire and in JSON an amount is the decimal
 * string of its millionths ("1250000"), because bencode and JSON both lose large integers.
 */
import { visible } from './command.js'
import { type Refusal, refuse } from './errors.js'

declare const brand: unique symbol
/** Millionths of the currency's unit. */
export type Amount = bigint & { readonly [brand]: 'Amount' }

const DECIMALS = 6
const MILLION = 1_000_000n
/** 2^62: sums of a few amounts stay inside SQLite's signed 64-bit integers. */
export const AMOUNT_MAX = (1n << 62n) as Amount

/** Brands a bigint of millionths that the program computed itself. */
export function amount(millionths: bigint): Amount {
  return millionths as Amount
}

/** Zero money. */
export const ZERO = amount(0n)

/**
 * Parses what a person types: "12", "0.5", "1.000001". Refuses as usage what is no number, signs, a
 * seventh decimal, and more than AMOUNT_MAX.
 */
export function parseAmount(text: string): Amount | Refusal {
  const match = /^(\d+)(?:\.(\d+))?$/.exec(text)
  const shown = visible(text)
  if (match === null) {
    return refuse('usage', `"${shown}" is not an amount; write for example 2 or 0.25`)
  }
  const [, units = '', decimals = ''] = match
  if (decimals.length > DECIMALS) {
    return refuse('usage', `"${shown}" has more than the six decimals that an amount may have`)
  }
  // Nobody has to compute with more digits than the largest amount has.
  const longer = units.replace(/^0+/, '').length > AMOUNT_MAX.toString().length
  const value = longer
    ? undefined
    : BigInt(units) * MILLION + BigInt(decimals.padEnd(DECIMALS, '0'))
  if (value !== undefined && value <= AMOUNT_MAX) return amount(value)
  const most = formatAmount(AMOUNT_MAX)
  return refuse('usage', `"${shown}" is more than an amount may be: ${most} at most`)
}

/** The same of money that is to move; refuses 0 as well. */
export function parseSum(text: string): Amount | Refusal {
  const parsed = parseAmount(text)
  if (parsed !== ZERO) return parsed
  return refuse('usage', `"${visible(text)}" is no money; write for example 2 or 0.25`)
}

/** Writes an amount for a person: at least two decimals, no trailing zeros beyond. */
export function formatAmount(value: bigint): string {
  const sign = value < 0n ? '-' : ''
  const size = value < 0n ? -value : value
  const decimals = (size % MILLION)
    .toString()
    .padStart(DECIMALS, '0')
    .replace(/0{1,4}$/, '')
  return `${sign}${size / MILLION}.${decimals}`
}

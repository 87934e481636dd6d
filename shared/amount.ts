/**
 * Money: a bigint count of millionths of the currency's main unit, never a float.
 *
 * Text for people has up to six decimals ("1.25"); on the wire and in JSON an amount is the decimal
 * string of its millionths ("1250000"), because bencode and JSON both lose large integers.
 */
import { type Refusal, refuse } from './errors.js'

declare const brand: unique symbol
/** Millionths of the currency's unit. */
export type Amount = bigint & { readonly [brand]: 'Amount' }

const MILLION = 1_000_000n
/** 2^62: sums of a few amounts stay inside SQLite's signed 64-bit integers. */
export const AMOUNT_MAX = (1n << 62n) as Amount

/** Brands a bigint of millionths that the program computed itself. */
export function amount(millionths: bigint): Amount {
  return millionths as Amount
}

/** Zero money. */
export const ZERO = amount(0n)

/** Parses what a person types: "12", "0.5", "1.000001"; refuses signs and a seventh decimal. */
export function parseAmount(text: string): Amount | Refusal {
  const match = /^(\d{1,13})(?:\.(\d{1,6}))?$/.exec(text)
  if (match === null) {
    return refuse('malformed', `"${text}" is not an amount; write for example 2 or 0.25`)
  }
  return amount(BigInt(match[1] as string) * MILLION + BigInt((match[2] ?? '').padEnd(6, '0')))
}

/** Writes an amount for a person: at least two decimals, no trailing zeros beyond. */
export function formatAmount(value: bigint): string {
  const sign = value < 0n ? '-' : ''
  const size = value < 0n ? -value : value
  const decimals = (size % MILLION)
    .toString()
    .padStart(6, '0')
    .replace(/0{1,4}$/, '')
  return `${sign}${size / MILLION}.${decimals}`
}

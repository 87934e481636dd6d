/** The question before something is bought, and why something cannot be; pure. */
import { formatAmount } from '../../../shared/amount.js'
import type { Cid } from '../../../shared/identifier.js'
import type { AnswerOf, RequestOf } from '../../local/calls.js'
import { adviceFor } from '../advice.js'
import { fieldLine } from '../columns.js'
import { formatBytes } from '../format.js'
import type { Line } from '../paint.js'
import type { Dialog } from '../screen.js'

export type Quote = AnswerOf<'quote'>

/** The whole cost, what the account holds before and after, and the terms. */
export function buyDialog(quote: Quote): Dialog {
  const { bytes, cid, currency, folder, name, pieces, price, spendable, terms } = quote
  const cost = `${formatAmount(price)} ${currency}`
  const free = price === 0n
  return {
    kind: 'confirm',
    title: pieces === undefined ? (free ? 'Fetch again' : 'Buy') : 'Buy missing pieces',
    yes: free ? 'fetch it' : `buy for ${cost}`,
    lines: [
      [' ', [name, 'strong']],
      fieldLine('size', formatBytes(bytes)),
      fieldLine('cid', cid),
      ...(folder === undefined || pieces !== undefined ? [] : [fieldLine('goes to', folder)]),
      [],
      ...(free
        ? [fieldLine('price', 'nothing: it was bought before')]
        : [
            fieldLine('price', [cost, 'money', 'strong'], ': all of it, nothing is added later'),
            fieldLine('you can use', [`${formatAmount(spendable)} ${currency}`, 'money']),
            fieldLine('after this', [`${formatAmount(spendable - price)} ${currency}`, 'money']),
          ]),
      [],
      ...terms.map((line): Line => [[` ${line}`, 'dim']]),
    ],
  }
}

/**
 * What a question about a purchase is known by: whatever was chosen since, a yes to it buys what it
 * showed, at the price that it showed.
 */
export function buyTag({ cid, price }: Pick<Quote, 'cid' | 'price'>, folder = ''): string {
  return `buy ${cid} ${price} ${folder}`
}

/** The purchase that a yes to a question is one to; undefined for other questions. */
export function boughtBy(tag: string): RequestOf<'buy'> | undefined {
  const [, cid, price = '', folder = ''] = /^buy (\w+) (\d+) (.*)$/s.exec(tag) ?? []
  if (cid === undefined) return undefined
  return { cid: cid as Cid, price: BigInt(price), ...(folder === '' ? {} : { folder }) }
}

/** Why a content cannot be bought now, and what to do. */
export function refusedDialog({ name, refused }: Quote): Dialog {
  const { code = 'internal', message = '' } = refused ?? {}
  const todo = adviceFor(code)?.todo
  return {
    kind: 'note',
    title: 'This cannot be bought now',
    lines: [
      [' ', [name, 'strong']],
      [],
      [' ', [message, 'bad']],
      ...(todo === undefined ? [] : [[` ${todo}`] as Line]),
    ],
  }
}

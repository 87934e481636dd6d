/** The question before something is bought, and why something cannot be; pure. */
import { formatAmount } from '../../../shared/amount.js'
import type { AnswerOf } from '../../local/calls.js'
import { adviceFor } from '../advice.js'
import { fieldLine } from '../columns.js'
import { formatBytes } from '../format.js'
import type { Line } from '../paint.js'
import type { Dialog } from '../screen.js'

export type Quote = AnswerOf<'quote'>

/** The whole cost, what the account holds before and after, and the terms. */
export function buyDialog(quote: Quote): Dialog {
  const { bytes, cid, currency, name, price, spendable, terms } = quote
  const cost = `${formatAmount(price)} ${currency}`
  return {
    kind: 'confirm',
    title: 'Buy',
    yes: `buy for ${cost}`,
    lines: [
      [' ', [name, 'strong']],
      fieldLine('size', formatBytes(bytes)),
      fieldLine('cid', cid),
      [],
      fieldLine('price', [cost, 'money', 'strong'], ': all of it, nothing is added later'),
      fieldLine('you can use', [`${formatAmount(spendable)} ${currency}`, 'money']),
      fieldLine('after this', [`${formatAmount(spendable - price)} ${currency}`, 'money']),
      [],
      ...terms.map((line): Line => [[` ${line}`, 'dim']]),
    ],
  }
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

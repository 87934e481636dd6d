/**
 * What a seller allows a buyer by what it paid and owes over all its grants: the window, debts
 * elsewhere, lateness, and the places that all strangers share (D5).
 */
import { debtor, input, opened, paidBooks, type Step } from './sale.js'
import { block, open, page, payment, paymentBytes, request, token } from './trade.js'
import { type Case, caseMaker } from './vector.js'

const asking = [...opened, request(1, [256, 257, 258])]
const both = [...asking, block(256), block(257)]

function windows(): Case[] {
  const make = caseMaker('seller', '9.2')
  const refused = [...opened, request(1, [256])]
  const books = {
    ...{ ...paidBooks([256, 257]), counter: 2, list: 3, runs: [{ counter: 2, pieces: [258] }] },
    owed: [{ piece: 258, counter: 2, tries: 0 }],
  }
  const late = { ...books, ...debtor({ trust: 5, late: [258] }) }
  const again = [open({ k: 2 }), page(256)]
  return [
    make('a stranger has one place', input(both)),
    make(
      'what a buyer paid before, under any grant, widens its window up to n',
      input([...both, block(258)], debtor({ trust: 5 })),
    ),
    make(
      'a piece under another grant takes a place',
      input(both, debtor({ trust: 1, elsewhere: 1 })),
    ),
    make(
      'no place is left beside the pieces under other grants',
      input(refused, debtor({ trust: 1, elsewhere: 2 })),
      'window-full',
    ),
    make(
      'a request while a piece of this grant is overdue',
      input([...again, request(3, [299])], late),
      'unpaid',
    ),
    make(
      'a piece that is paid late halves the window, and trade goes on',
      input([...again, token(3, 258), payment(3, paymentBytes([256, 257, 258]))], late),
    ),
    make(
      'no block while a piece of this grant is overdue',
      input([open(), page(256), block(257)], {
        ...{ counter: 1, list: 3, runs: [{ counter: 1, pieces: [256, 257] }] },
        owed: [{ piece: 256, counter: 1, tries: 0 }],
        ...debtor({ trust: 5, late: [256] }),
      }),
    ),
  ]
}

function strangers(): Case[] {
  const make = caseMaker('seller', '9.2')
  const places = (taken: number) => debtor({ strangers: taken })
  const paid = [block(256), token(1, 256), block(257), payment(1, paymentBytes([256])), block(257)]
  return [
    make(
      'the last place of strangers, free again when a payment is signed',
      input([...asking, ...paid], places(63)),
    ),
    make(
      'strangers have all their places',
      input([...opened, request(1, [256])], places(64)),
      'window-full',
    ),
    make('who has signed a payment needs none of them', input(asking, debtor({ trust: 0 }))),
  ]
}

/** Connections that are wound up: what is owed is paid, and nothing else is asked for. */
function windingUp(): Case[] {
  const make = caseMaker('seller', '8.4')
  const owing = {
    ...{ counter: 1, list: 3, runs: [{ counter: 1, pieces: [256] }] },
    owed: [{ piece: 256, counter: 1, tries: 0 }],
    ...debtor({ trust: 5 }),
  }
  const ends = (ending: string, steps: readonly Step[], books: object = {}) =>
    input(steps, books, { ending })
  return [
    make(
      'no request on a connection that is wound up',
      ends('blacklisted', [...opened, request(1, [256])]),
      'blacklisted',
    ),
    make(
      'none under a grant that was given up, for a lost piece either',
      ends('list-stale', [open({ k: 1 }), page(256), request(2, [256])], {
        ...{ ...paidBooks([256]), counter: 1, list: 3, ...debtor({ trust: 1 }) },
      }),
      'list-stale',
    ),
    make(
      'what is owed is paid all the same',
      ends(
        'blacklisted',
        [open(), page(256), token(1, 256), payment(1, paymentBytes([256]))],
        owing,
      ),
    ),
  ]
}

export const windowCases = (): Record<string, Case[]> => ({
  'seller-window': [...windows(), ...strangers(), ...windingUp()],
})

import { signString } from '../../shared/crypto.js'
import { Payment } from '../../shared/schemes/floodgate/records.js'
import { encode } from '../../shared/wire/record.js'
import { tokenOf } from './claim-parts.js'
import { asked, type Bad, input, OTHER_RID, opened, paidBooks, type Step, served } from './sale.js'
import {
  block,
  noChain,
  open,
  page,
  payment,
  paymentBytes,
  progressOf,
  request,
  resend,
  token,
  withdrawal,
} from './trade.js'
import { type Case, caseMaker, flip } from './vector.js'
import { alice, bob, buyer, FOREIGN, RID } from './world.js'

function blocks(): Case[] {
  const make = caseMaker('seller', '9.7')
  const half = 8192
  const books = {
    ...paidBooks([256, 257]),
    ...{ counter: 2, list: 3, runs: [{ counter: 2, pieces: [258] }] },
  }
  const owed = (tries: number) => ({ ...books, owed: [{ piece: 258, counter: 2, tries }] })
  const again = [open({ k: 2 }), block(258, 0, half), block(258, half, half), block(258, 0, half)]
  return [
    make('blocks within the window are served', input([...served, block(257)])),
    make(
      'a piece in two blocks, and no third',
      input([...asked, block(256, 0, half), block(256, half, half), block(256, 0, half)]),
    ),
    make('a block that nobody asked for', input([...asked, block(299, 0, 11_384)])),
    make('a block before an opening', input([block(256)])),
    make('a block of a page that is not covered', input([...opened, block(3)])),
    make('a piece owed from an earlier connection', input(again, owed(0))),
    make('tried as often as allowed', input([open({ k: 2 }), block(258)], owed(3))),
    make('unsigned tokens count against n + b - 1', input(unsigned())),
  ]
}

/** Four tokens without a signature: one more piece fits (n + b - 1 = 5), not two. */
function unsigned(): Step[] {
  const steps: Step[] = [...opened, request(1, [256, 257, 258, 259]), request(2, [260, 261])]
  for (let i = 0; i < 4; i++) steps.push(block(256 + i), token(i + 1, 256 + i))
  return [...steps, block(260), block(261)]
}

function payments(): Case[] {
  const make = caseMaker('seller', '9.8')
  const bad: Bad = (name, refuse, ...steps) => make(name, input([...served, ...steps]), refuse)
  const first = token(1, 256)
  const wrong = (name: string, refuse: Case['refuse'], change: object, signer = buyer.signer) => {
    const body = { rid: RID, seller: alice.uid, ...progressOf([256]), ...change }
    const bytes = signString('payment', encode(Payment, body as never), signer)
    return bad(name, refuse, first, payment(1, bytes))
  }
  const paid = [first, block(257), token(2, 257), payment(2, paymentBytes([256, 257]))]
  const other = tokenOf(257)
  const tries = Array.from({ length: 4 }, () => token(1, 256, other))
  const label = signString('receipt', new Uint8Array(2), buyer.signer)
  return [
    make('tokens, then the signature', input([...served, ...paid])),
    make(
      'a run that is paid in full is closed',
      input([
        ...[...opened, request(1, [256]), block(256), first, payment(1, paymentBytes([256]))],
        request(2, [257]),
      ]),
    ),
    make('a token held already is skipped', input([...served, first, first])),
    make(
      'after a failure the rest is skipped and comes again',
      input([
        ...[...served, token(1, 256, other), token(2, 257), payment(2, paymentBytes([256, 257]))],
        ...[first, payment(1, paymentBytes([256]))],
      ]),
    ),
    bad('a token of another piece', 'bad-token', token(1, 256, other)),
    bad('a token altered', 'bad-token', token(1, 256, flip(tokenOf(256), 31))),
    bad('a token cut short', 'bad-token', token(1, 256, tokenOf(256).subarray(1))),
    bad('a token out of turn', 'bad-token', token(2, 256)),
    bad('a token without its page', 'page-missing', token(1, 3)),
    bad('a token beyond the content', 'piece-unknown', token(1, 300, other)),
    bad('a piece paid twice', 'piece-open', first, token(2, 256)),
    bad('a fourth failure', 'payments-exhausted', ...tries),
    bad(
      'a payment that names another seller',
      'wrong-seller',
      first,
      payment(1, paymentBytes([256], bob)),
    ),
    wrong('a payment that another signed', 'bad-signature', {}, bob.signer),
    wrong('a payment of another grant', 'wrong-grant', { rid: OTHER_RID }),
    wrong('a payment over another chain', 'bad-payment', { chain: noChain }),
    wrong('a payment of another number', 'bad-payment', { k: 2 }),
    bad(
      'a payment for tokens that did not come',
      'bad-payment',
      first,
      payment(2, paymentBytes([256, 257])),
    ),
    bad('a receipt as payment', 'bad-label', first, payment(1, label)),
  ]
}

function endings(): Case[] {
  const resends = caseMaker('seller', '9.10')
  const make = caseMaker('seller', '9.11')
  const tries = Array.from({ length: 3 }, () => [resend(256), block(256)]).flat()
  const bad: Bad = (name, refuse, ...steps) => make(name, input([...served, ...steps]), refuse)
  const theirs = { ...buyer.signer, fingerprint: FOREIGN.signer.fingerprint }
  return [
    resends('a piece that failed is sent again', input([...served, resend(256), block(256)])),
    resends(
      'a piece that failed too often',
      input([...served, ...tries, resend(256)]),
      'resends-exhausted',
    ),
    resends('a piece that was never delivered', input([...asked, resend(256)]), 'out-of-state'),
    make('a withdrawal is released', input([...asked, withdrawal(1, [256, 257, 258]), block(256)])),
    make(
      'a piece withdrawn after its delivery keeps its place',
      input([...[...served, withdrawal(1, [256, 257, 258]), withdrawal(1, [256, 257, 258])]]),
    ),
    make(
      'a withdrawn piece goes on in its place',
      input([
        ...[...served, withdrawal(1, [256, 257, 258]), request(2, [257, 256])],
        ...[block(257), block(256), token(1, 256), block(257)],
      ]),
    ),
    make(
      'books with a withdrawn piece',
      input([open(), page(256), request(1, [290]), block(290)], {
        forgiven: [{ piece: 290, tries: 2 }],
      }),
    ),
    make(
      'a withdrawal of a request that never came',
      input([...[...opened, withdrawal(7, [256])]]),
    ),
    bad(
      'a request withdrawn before it came',
      'counter-replayed',
      withdrawal(7, [299]),
      request(7, [299]),
    ),
    bad('a withdrawal signed by another', 'bad-signature', withdrawal(1, [256], {}, bob.signer)),
    bad('a withdrawal for another provider', 'wrong-provider', withdrawal(1, [256], {}, theirs)),
    bad('a withdrawal of another grant', 'wrong-grant', withdrawal(1, [256], { rid: OTHER_RID })),
    bad(
      'a withdrawal to another seller',
      'wrong-seller',
      withdrawal(1, [256], { seller: bob.uid }),
    ),
    bad('a withdrawal of another buyer', 'wrong-seller', withdrawal(1, [256], { buyer: bob.uid })),
  ]
}

/** Pieces that were paid, and that the buyer has lost (D8). */
function lost(): Case[] {
  const make = caseMaker('seller', '9.12')
  const half = 8192
  const books = { ...paidBooks([256, 257]), counter: 1, list: 3 }
  const taken = [open({ k: 2 }), request(2, [256])]
  const said = (name: string, steps: readonly Step[], more: object = {}, refuse?: Case['refuse']) =>
    make(name, input([...taken, ...steps], { ...books, ...more }), refuse)
  const halves = [block(256, 0, half), block(256, half, half)]
  return [
    said('a lost piece is sent again', [...halves, block(256), block(257)]),
    said('no byte more than the piece has', [block(256, 0, half), block(256), ...halves]),
    said('two lost pieces, one behind the other', [block(256), request(3, [257]), block(257)]),
    said('a lost piece that is withdrawn', [withdrawal(2, [256]), block(256), request(3, [256])]),
    said('counted from the first block', [...halves], { resent: [{ piece: 256, tries: 1 }] }),
    said('no new opening takes it up', [open({ k: 2 }), block(256)]),
    said('two lost pieces at once', [request(3, [257])], {}, 'too-many-open'),
    said('the same counter again', [block(256), request(2, [256])], {}, 'counter-replayed'),
    said(
      'a lost piece sent as often as allowed',
      [],
      { resent: [{ piece: 256, tries: 3 }] },
      'resends-exhausted',
    ),
    said('two lost pieces in one request', [request(3, [256, 257])], {}, 'piece-open'),
    said('a lost piece beside another', [page(256), request(3, [258, 256])], {}, 'piece-open'),
    make('a lost piece not held', input(taken, books, { lacks: [256] }), 'piece-not-held'),
  ]
}

/** Withdrawn pieces, and what was paid in their stead (D7). */
function places(): Case[] {
  const make = caseMaker('seller', '9.2')
  const paid = [256, 257, 258, 259, 260]
  const books = { ...paidBooks(paid), counter: 1, list: 3 }
  const forgiven = (...pieces: number[]) => pieces.map((piece) => ({ piece, tries: 0 }))
  const asking = [open({ k: 5 }), page(256), request(2, [290, 291, 292]), block(290), block(291)]
  return [
    make(
      'pieces paid make up for pieces withdrawn',
      input(asking, { ...books, forgiven: forgiven(280, 281) }),
    ),
    make(
      'but never beyond what a seller may lose',
      input(asking, { ...books, forgiven: forgiven(280, 281, 282, 283) }),
    ),
    make(
      'as many withdrawn as a seller may lose',
      input(asking.slice(0, 3), { ...books, forgiven: forgiven(280, 281, 282, 283, 284) }),
      'window-full',
    ),
  ]
}

export const servingCases = (): Case[] => [
  ...blocks(),
  ...payments(),
  ...endings(),
  ...lost(),
  ...places(),
]

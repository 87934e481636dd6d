/**
 * What a seller does with openings, pages and requests, honest and bent.
 */
import { toHex } from '../../shared/bytes.js'
import { openingWith } from './cases-torrent.js'
import { pageFor } from './claim-parts.js'
import { asked, type Bad, debtor, input, OTHER_RID, opened, paidBooks } from './sale.js'
import { block, open, page, request, token } from './trade.js'
import { type Case, caseMaker, flip } from './vector.js'
import { alice, bob, buyer, DAY, FOREIGN, NOW, named, p, peers } from './world.js'

function openings(): Case[] {
  const make = caseMaker('seller', '9.4')
  const bad: Bad = (name, refuse, ...steps) => make(name, input(steps), refuse)
  const list = (name: string, refuse: Case['refuse'], ...given: Parameters<typeof peers>) =>
    bad(name, refuse, open({ peers: peers(...given) }))
  const strangers = [{ uid: bob.uid, host: '192.0.2.7', port: 6881 }]
  const books = { ...paidBooks([256, 257, 299]), counter: 4, list: 3 }
  const later = {
    ...{ ...books, runs: [{ counter: 4, pieces: [258] }] },
    owed: [{ piece: 258, counter: 4, tries: 0 }],
  }
  const members = { ...FOREIGN.signer, ...{ privateKey: alice.signer.privateKey } }
  return [
    make('an opening and a page', input(opened)),
    make('an opening after payments that the buyer lost', input([open()], later)),
    make('an opening after payments that both hold', input([open({ k: 3 })], later)),
    make('an opening on a list seen before', input([open()], { list: 3 })),
    bad('another scheme', 'unknown-scheme', open({ scheme: 'iou' })),
    bad(
      'a foreign signing certificate',
      'certificate-invalid',
      open({ signers: [FOREIGN.signing] }),
    ),
    bad('no peer list', 'list-missing', open({ peers: new Uint8Array(0) })),
    bad('a list altered', 'bad-signature', open({ peers: flip(peers(), -70) })),
    list('a list of another provider', 'wrong-provider', {}, members),
    list('a list of another grant', 'wrong-grant', { rid: OTHER_RID }),
    list('a list of another content', 'wrong-grant', { cid: toHex(named('x', 20)) as never }),
    list('a list of another buyer', 'wrong-buyer', { buyer: bob.uid }),
    list('a list that names others', 'not-named', { sellers: strangers }),
    list('a list of yesterday', 'list-stale', { time: NOW - DAY - 1 }),
    make('a list older than one seen', input([open()], { list: 4 }), 'list-stale'),
    make('a buyer that owes elsewhere', input([open()], debtor({ owesElsewhere: true })), 'unpaid'),
  ]
}

/** An opening under a grant whose tokens can be spent no more, but still be claimed. */
const ended = open({ opening: openingWith({ spendUntil: NOW - 1 }) })

/** Openings whose hash list does not fit, and what may not come before one. */
function openingsRefused(): Case[] {
  const make = caseMaker('seller', '9.4')
  const bad: Bad = (name, refuse, ...steps) => make(name, input(steps), refuse)
  return [
    bad(
      'an opening of another buyer',
      'wrong-buyer',
      open({ opening: openingWith({ buyer: bob.uid }) }),
    ),
    bad(
      'an opening of another content',
      'wrong-grant',
      open({
        opening: openingWith({ cid: toHex(named('x', 20)) }),
      }),
    ),
    bad(
      'an opening of another grant',
      'wrong-grant',
      open({ opening: openingWith({ rid: OTHER_RID }) }),
    ),
    bad(
      'an opening whose time has passed',
      'grant-closed',
      open({ opening: openingWith({ spendUntil: NOW - 2, claimUntil: NOW - 1 }) }),
    ),
    make(
      'an opening after spend-until: what is owed can be paid',
      input([ended, page(256), block(258), token(1, 258)], {
        ...{ counter: 1, list: 3, runs: [{ counter: 1, pieces: [258] }] },
        owed: [{ piece: 258, counter: 1, tries: 0 }],
      }),
    ),
    bad(
      'an opening with digests that do not fit',
      'page-invalid',
      open({
        opening: openingWith({}, { digests: new Uint8Array(64) }),
      }),
    ),
    bad('a request before an opening', 'out-of-state', request(1, [256])),
    bad('a token before an opening', 'out-of-state', token(1, 256)),
    bad('a page before an opening', 'out-of-state', page(256)),
  ]
}

function requests(): Case[] {
  const make = caseMaker('seller', '9.6')
  const bad: Bad = (name, refuse, ...steps) => make(name, input([...opened, ...steps]), refuse)
  const theirs = { ...buyer.signer, fingerprint: FOREIGN.signer.fingerprint }
  return [
    make('a request is answered by a statement', input(asked)),
    make('two requests are open', input([...opened, request(1, [256]), request(2, [257])])),
    make('a counter may leap', input([...opened, request(70, [299])])),
    bad('a page altered', 'page-invalid', page(256, flip(pageFor(256), 9))),
    bad('a page in another place', 'page-invalid', page(0, pageFor(256))),
    bad('a page beyond the last', 'page-invalid', page(600, pageFor(256))),
    bad('a request signed by another', 'bad-signature', request(1, [256], {}, bob.signer)),
    bad(
      'a withdrawal in its place',
      'bad-label',
      request(1, [256], {}, buyer.signer, 'withdrawal'),
    ),
    bad('a request for another provider', 'wrong-provider', request(1, [256], {}, theirs)),
    bad('a request of another grant', 'wrong-grant', request(1, [256], { rid: OTHER_RID })),
    bad(
      'a request of another content',
      'wrong-grant',
      request(1, [256], { cid: toHex(named('x', 20)) }),
    ),
    bad('a request of another buyer', 'wrong-buyer', request(1, [256], { buyer: bob.uid })),
    bad('a request to another seller', 'wrong-seller', request(1, [256], { seller: bob.uid })),
  ]
}

/** Requests that end by a signed refusal. */
function requestsRefused(): Case[] {
  const make = caseMaker('seller', '9.6')
  const bad: Bad = (name, refuse, ...steps) => make(name, input([...opened, ...steps]), refuse)
  const lacking = { lacks: [257] }
  return [
    bad('a request replayed', 'counter-replayed', request(1, [256]), request(1, [256])),
    make(
      'a counter from before',
      input([...opened, request(4, [256])], { counter: 4 }),
      'counter-replayed',
    ),
    bad(
      'a third request',
      'too-many-open',
      request(1, [256]),
      request(2, [257]),
      request(3, [258]),
    ),
    make(
      'a request after spend-until',
      input([ended, page(256), request(1, [256])]),
      'grant-closed',
    ),
    bad('no piece', 'malformed', request(1, [])),
    bad('a piece twice', 'malformed', request(1, [256, 256])),
    bad('more than b pieces', 'run-too-long', request(1, [256, 257, 258, 259, 260])),
    bad('a piece beyond the content', 'piece-unknown', request(1, [300])),
    bad('a piece that is in an open request', 'piece-open', request(1, [256]), request(2, [256])),
    bad('a piece without its page', 'page-missing', request(1, [3])),
    make(
      'a piece not held',
      input([...opened, request(1, [256, 257])], {}, lacking),
      'piece-not-held',
    ),
    make(
      'a window full of withdrawn pieces',
      input([...opened, request(1, [256])], { forgiven: [{ piece: p(5), tries: 0 }] }),
      'window-full',
    ),
    make(
      'a withdrawn piece that was tried as often as allowed',
      input([...opened, request(1, [290])], { forgiven: [{ piece: 290, tries: 3 }] }),
      'resends-exhausted',
    ),
    make(
      'a piece outside a supplementary grant',
      input([
        open({ opening: openingWith({ only: [256, 257].map(p) }) }),
        page(256),
        request(1, [258]),
      ]),
      'piece-unknown',
    ),
  ]
}

export const openingCases = (): Case[] => [
  ...openings(),
  ...openingsRefused(),
  ...requests(),
  ...requestsRefused(),
]

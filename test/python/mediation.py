"""Bundles, case files and the rules (docs/PROTOCOL.md 13.6 to 13.8)."""
from certificates import ROOT, Ring, fingerprint_of, read, verify
from crypto import open_string, sha256
from encoding import Refused, check
from scheme import (
    PAGE,
    chain_next,
    chain_start,
    covered,
    page_digest,
    read_opening,
    read_payment,
)

unhex = bytes.fromhex


def ring_at(document, root, signing, fingerprint):
    """Each certificate is judged at its own beginning."""
    check(fingerprint_of(document, root) == fingerprint, 'wrong-provider')
    ring = Ring(document, root, [], 0)
    for der in map(unhex, signing):
        ring.now = read(document, der)['before']
        ring.add(der)
    return ring


def party(document, root, issuing, leaf):
    begins = read(document, leaf)['before']
    problem = Refused('certificate-invalid')
    for der in map(unhex, issuing):
        chain = [(ROOT, root), ('issuing', der), ('member', leaf)]
        try:
            found = verify(document, chain, begins)
            return found['subject']['uid'], found['key']
        except Refused as refused:
            problem = refused
    raise problem


def read_bundle(document, data, fingerprint):
    found = document.decode('Bundle', data, document.limits['BUNDLE_MAX_BYTES'])
    root = unhex(found['root'])
    ring = ring_at(document, root, found['signing'], fingerprint)
    plaintiff = party(document, root, found['issuing'], unhex(found['plaintiff']))
    accused = party(document, root, found['issuing'], unhex(found['accused']))
    signed = unhex(found['complaint'])
    complaint = open_string(document, 'complaint', signed, fingerprint, plaintiff[1])
    check(complaint['kind'] == 'unpaid', 'malformed')
    check(complaint['plaintiff'] == plaintiff[0], 'wrong-seller')
    check(complaint['accused'] == accused[0], 'wrong-buyer')
    check(plaintiff[0] != accused[0], 'malformed')
    terms = ring.open('terms', unhex(complaint['terms']))
    check(terms['cid'] == complaint['cid'], 'terms-invalid')
    request = open_string(
        document, 'request', unhex(complaint['request']), fingerprint, accused[1]
    )
    same = (request['rid'], request['cid']) == (complaint['rid'], complaint['cid'])
    check(same, 'wrong-grant')
    check(request['buyer'] == accused[0], 'wrong-buyer')
    check(request['seller'] == plaintiff[0], 'wrong-seller')
    pieces = complaint['pieces']
    check(pieces and len(set(pieces)) == len(pieces), 'malformed')
    check(set(pieces) <= set(request['pieces']), 'not-requested')
    return {'ring': ring, 'complaint': complaint, 'request': request,
            'plaintiff': plaintiff, 'accused': accused}


def bundle(document, given, world):
    fingerprint = fingerprint_of(document, unhex(given['root']))
    found = read_bundle(document, unhex(given['bytes']), fingerprint)
    said = {key: found['complaint'][key] for key in ('plaintiff', 'accused', 'rid', 'pieces')}
    return {**said, 'counter': found['request']['counter']}


def findings(document, file, ring, buyer, cid, opening, claims):
    """The chains of claims by the pages: facts, and per seller pieces and payment."""
    facts, digests = read_opening(document, ring, opening, buyer[0], cid)
    pages = {}
    for entry in file['pages']:
        body, page = unhex(entry['body']), entry['page']
        check(page_digest(body) == digests[32 * page : 32 * page + 32], 'page-invalid')
        pages[page] = body
    paid = {}
    for seller, data in claims:
        claim = document.decode('Claim', data, 2360320)
        check(claim['rid'] == facts['rid'], 'wrong-grant')
        check(claim['seller'] == seller, 'claim-payee')
        signed = unhex(claim['payment'])
        payment = read_payment(document, signed, ring.fingerprint, buyer[1], facts['rid'])
        check(payment['seller'] == seller, 'claim-payee')
        # No claim of the vectors goes on where another one ended.
        check(claim['after'] == 0, 'claim-gap')
        check(all(covered(facts, piece) for piece in claim['pieces']), 'piece-unknown')
        chain = chain_start(ring.fingerprint, unhex(facts['rid']), unhex(seller))
        check(payment['k'] == len(claim['pieces']), 'bad-payment')
        for piece in claim['pieces']:
            check(piece // PAGE in pages, 'page-missing')
            at = 32 * (piece % PAGE)
            chain = chain_next(chain, piece, pages[piece // PAGE][at : at + 32])
        check(payment['chain'] == chain.hex(), 'bad-payment')
        paid[seller] = (claim['pieces'], signed)
    return facts, paid


def verdict(outcome, state, **more):
    empty = {'escrow': [], 'beyond': [], 'markPlaintiff': 0, 'markAccused': 0}
    return {'outcome': outcome, 'state': state, **empty, **more}


def split(facts):
    own, others = set(facts['beyond']), set()
    for entry in facts['paid']:
        (own if entry['member'] == facts['plaintiff'] else others).update(entry['pieces'])
    return own, others


def shown(document, file, found, grant):
    """What the answer covers, what of it the plaintiff had signed before, and a denial."""
    facts, limits = file['facts'], document.limits
    if 'answer' not in file:
        return set(), set(), False, []
    plaintiff, accused = found['plaintiff'], found['accused']
    fingerprint = found['ring'].fingerprint
    call = open_string(document, 'respond', unhex(file['answer']), fingerprint, accused[1])
    check(call['number'] == facts['number'], 'malformed')
    check(call['kind'] in ('receipt', 'payment', 'denial'), 'malformed')
    long_ago = facts['opened'] - limits['CLOCK_SKEW_MAX_MS']
    all_, refuted, signed = set(), set(), []
    parties = {'buyer': accused[0], 'seller': plaintiff[0], 'rid': facts['rid']}

    def ours(said):
        return all(said[key] == value for key, value in parties.items())

    if 'release' in call:
        said = open_string(document, 'release', unhex(call['release']), fingerprint, plaintiff[1])
        check(ours(said) and said['counter'] == found['request']['counter'], 'wrong-grant')
        all_.update(said['pieces'])
        if said['time'] < long_ago:
            refuted.update(said['pieces'])
            signed.append(said['time'])
    check('proof' in call or 'receipt' not in call, 'not-covered')
    if 'proof' in call:
        pieces, payment = grant([(plaintiff[0], unhex(call['proof']))])[1][plaintiff[0]]
        all_.update(pieces)
        if 'receipt' in call:
            data = unhex(call['receipt'])
            said = open_string(document, 'receipt', data, fingerprint, plaintiff[1])
            fits = ours(said) and said['payment'] == sha256(payment).hex()
            check(fits, 'receipt-mismatch')
            if said['time'] < long_ago:
                refuted.update(pieces)
                signed.append(said['time'])
    return all_, refuted, call['kind'] == 'denial', signed


def unpaid(document, file, fingerprint):
    facts = file['facts']
    found = read_bundle(document, unhex(file['evidence']), fingerprint)
    complaint = found['complaint']
    same = all(complaint[key] == facts[key] for key in ('plaintiff', 'accused', 'rid', 'cid'))
    check(same, 'malformed')

    def grant(claims):
        opening = unhex(complaint['opening'])
        accused, cid, ring = found['accused'], complaint['cid'], found['ring']
        return findings(document, file, ring, accused, cid, opening, claims)

    terms = grant([])[0]
    check(all(covered(terms, piece) for piece in complaint['pieces']), 'piece-unknown')
    own, others = split(facts)
    disputed = [piece for piece in complaint['pieces'] if piece not in own]
    if not disputed:
        return verdict('moot', 'settled')
    all_, refuted, denied, signed = shown(document, file, found, grant)
    left = [piece for piece in disputed if piece not in all_]
    if not left:
        outcome = 'receipt' if set(disputed) <= refuted else 'payment'
        return {**verdict(outcome, 'settled'), 'since': signed}
    if denied:
        return verdict('denial', 'denied', markPlaintiff=1, markAccused=1)
    check('answer' not in file, 'not-covered')
    escrow = [piece for piece in left if piece not in others]
    if 'fetched' not in facts:
        if facts['time'] > terms['claimUntil']:
            return verdict('unheard', 'paid', escrow=escrow)
        return verdict('waiting', 'open')
    if facts['time'] <= facts['deadline']:
        return verdict('waiting', 'open')
    room = max(0, terms['n'] + terms['b'] - 1 - len(facts['beyond'])) if facts['vouched'] else 0
    beyond = [piece for piece in left if piece in others][:room]
    return verdict('silent', 'paid', escrow=escrow, beyond=beyond, markAccused=1)


def double_spent(document, file, ring, root):
    facts = file['facts']
    found = document.decode('DoubleSpending', unhex(file['evidence']), len(file['evidence']))
    buyer = party(document, root, [found['issuing']], unhex(found['buyer']))
    check(buyer[0] == facts['accused'], 'wrong-buyer')
    claims = [(entry['seller'], unhex(entry['claim'])) for entry in found['claims']]
    opening = unhex(found['opening'])
    terms, paid = findings(document, file, ring, buyer, facts['cid'], opening, claims)
    check(terms['rid'] == facts['rid'], 'wrong-grant')
    mine = paid.get(facts['plaintiff'], ([], b''))[0]
    twice = {piece for seller, (pieces, _) in paid.items() for piece in pieces
             if seller != facts['plaintiff'] and piece in mine}
    lost = [piece for piece in mine if piece in twice]
    check(lost, 'not-covered')
    had, others = split(facts)
    unpaid = [piece for piece in lost if piece in others - had]
    beyond = unpaid if facts['vouched'] else []
    return verdict('double-spent', 'upheld', beyond=beyond, revoked=buyer[0])


def false_complaint(document, file, fingerprint):
    facts, count = file['facts'], document.limits['FALSE_COMPLAINTS_COUNT']
    found = document.decode('FalseComplaints', unhex(file['evidence']), len(file['evidence']))
    check(len(found['files']) >= count, 'not-covered')
    told = 0
    for place, data in enumerate(map(unhex, found['files'])):
        earlier, _ = read_file(document, data, fingerprint)
        request = read_bundle(document, unhex(earlier['evidence']), fingerprint)['request']
        decided = unpaid(document, earlier, fingerprint)
        mine = earlier['facts']['plaintiff'] == facts['accused']
        check(mine and decided['outcome'] == 'receipt', 'not-covered')
        since = min(request['time'], *decided['since'])
        late = since > told + document.limits['CLOCK_SKEW_MAX_MS']
        check(place == 0 or late, 'not-covered')
        told = facts['told'][place] if place < len(facts['told']) else 0
        check(told or place + 1 == count, 'not-covered')
    return verdict('false-complaint', 'proved', revoked=facts['accused'])


def read_file(document, data, fingerprint):
    file = document.decode('CaseFile', data, document.limits['CASE_FILE_MAX_BYTES'])
    ring = ring_at(document, unhex(file['root']), file['signing'], fingerprint)
    facts = ring.open('case', unhex(file['facts']))
    digests = {key: sha256(unhex(file[key])).hex() for key in ('evidence', 'answer') if key in file}
    check(all(facts.get(key) == digests.get(key) for key in ('evidence', 'answer')), 'malformed')
    return {**file, 'facts': facts}, ring


def case(document, given, world):
    fingerprint = fingerprint_of(document, unhex(given['root']))
    file, ring = read_file(document, unhex(given['bytes']), fingerprint)
    kind = file['facts']['kind']
    check(kind in ('unpaid', 'double-spent', 'false-complaint', 'marks'), 'malformed')
    if kind == 'unpaid':
        found = unpaid(document, file, fingerprint)
        return {key: value for key, value in found.items() if key != 'since'}
    if kind == 'double-spent':
        return double_spent(document, file, ring, unhex(file['root']))
    if kind == 'false-complaint':
        return false_complaint(document, file, fingerprint)
    return verdict('marks', 'open')

"""Tokens, openings, payments and claims (docs/PROTOCOL.md sections 6, 11, 12)."""
from crypto import digest, hkdf, keystream, open_string, sha256
from encoding import check, u32

PAGE = 256


def grant_key(seed, rid):
    return hkdf(rid, seed, b'floodgate/1 grant key', 32)


class Tokens:
    """All that follows from a grant's key."""

    def __init__(self, key, rid, pieces):
        stream = keystream(key, 32 * pieces)
        self.all, self.rid, self.pieces = stream, rid, pieces
        self.tokens = [stream[32 * i : 32 * i + 32] for i in range(pieces)]
        self.hashes = [token_hash(rid, i, token) for i, token in enumerate(self.tokens)]
        pages = [b''.join(self.hashes[i : i + PAGE]) for i in range(0, pieces, PAGE)]
        self.pages = pages
        self.digests = b''.join(page_digest(page) for page in pages)


def token_hash(rid, piece, token):
    return digest('token hash', rid, u32(piece), token)


def page_digest(page):
    return digest('page', page)


def list_digest(digests):
    return digest('hash list', digests)


def chain_start(fingerprint, rid, seller):
    return digest('chain', fingerprint, rid, seller)


def chain_next(chain, piece, hashed):
    return sha256(chain, u32(piece), hashed)


def covered(facts, piece):
    return 0 <= piece < facts['pieces'] and piece in facts.get('only', [piece])


def facts_of(fields, document):
    return {key: fields[key] for key, _, _ in document.fields('Facts') if key in fields}


def read_opening(document, ring, data, buyer, cid):
    """6.3: the facts and the page digests."""
    check(len(data) <= 13376, 'too-large')
    opening = document.decode('Opening', data, 13376)
    listed = ring.open('hash-list', bytes.fromhex(opening['list']))
    facts = facts_of(listed, document)
    check(facts['buyer'] == buyer, 'wrong-buyer')
    check(facts['cid'] == cid, 'wrong-grant')
    digests = bytes.fromhex(opening['digests'])
    check(len(digests) == 32 * -(-facts['pieces'] // PAGE), 'page-invalid')
    check(list_digest(digests).hex() == listed['digest'], 'page-invalid')
    return facts, digests


def read_grant(document, ring, opening, secret, buyer, cid):
    """6.4: the facts and the tokens."""
    facts, digests = read_opening(document, ring, opening, buyer, cid)
    grant = ring.open('grant', secret)
    check(facts_of(grant, document) == facts, 'wrong-grant')
    tokens = Tokens(bytes.fromhex(grant['key']), bytes.fromhex(facts['rid']), facts['pieces'])
    check(tokens.digests == digests, 'page-invalid')
    return facts, tokens


def read_payment(document, data, fingerprint, buyer_key, rid):
    payment = open_string(document, 'payment', data, fingerprint, buyer_key)
    check(payment['rid'] == rid, 'wrong-grant')
    return payment


def claim_digest(seller, rid, pieces, tokens):
    return digest('claim', seller, rid, *map(u32, pieces), *tokens)


def redeem(document, given):
    """12.2 and 12.3 for one grant."""
    facts, claimant = given['facts'], given['claimant']
    rid, seller = bytes.fromhex(facts['rid']), bytes.fromhex(claimant)
    fingerprint = bytes.fromhex(given['fingerprint'])
    claim = document.decode('Claim', bytes.fromhex(given['claim']), 2360320)
    check(claim['rid'] == facts['rid'], 'wrong-grant')
    check(claim['seller'] == claimant, 'claim-payee')
    brought = claim.get('tokens', 64 * len(claim['pieces']) * '0')
    check(len(brought) == 64 * len(claim['pieces']), 'malformed')
    key = bytes.fromhex(given['buyerKey'])
    payment = read_payment(
        document, bytes.fromhex(claim['payment']), fingerprint, key, facts['rid']
    )
    check(payment['seller'] == claimant, 'claim-payee')
    settled = given.get('settled')
    k, chain = 0, chain_start(fingerprint, rid, seller)
    if claim['after'] != 0:
        check(settled is not None and settled['k'] == claim['after'], 'claim-gap')
        k, chain = settled['k'], bytes.fromhex(settled['chain'])
    pieces = claim['pieces']
    check(all(covered(facts, piece) for piece in pieces), 'piece-unknown')
    check(len(set(pieces)) == len(pieces), 'malformed')
    tokens = Tokens(grant_key(bytes.fromhex(given['seed']), rid), rid, facts['pieces'])
    for piece in pieces:
        k, chain = k + 1, chain_next(chain, piece, tokens.hashes[piece])
    most = len(facts.get('only', range(facts['pieces'])))
    fits = k <= most and (payment['k'], payment['chain']) == (k, chain.hex())
    check(fits, 'bad-payment')
    paid = [tokens.tokens[piece] for piece in pieces]
    failed = []
    if claim_digest(seller, rid, pieces, paid).hex() != claim['digest']:
        check('tokens' in claim, 'claim-mismatch')
        shown = bytes.fromhex(claim['tokens'])
        shown = [shown[32 * i : 32 * i + 32] for i in range(len(pieces))]
        check(claim_digest(seller, rid, pieces, shown).hex() == claim['digest'], 'claim-mismatch')
        failed = [piece for piece, true, token in zip(pieces, paid, shown) if true != token]
    return settle(given, pieces, tokens, {'k': k, 'chain': chain.hex()}, failed)


def settle(given, pieces, tokens, mark, failed):
    facts, claimant, settled = given['facts'], given['claimant'], given.get('settled')
    spends, accepted, other = [], [], []
    for piece in pieces:
        if piece in failed:
            continue
        owner = given['spentTo'].get(str(piece))
        if owner not in (None, claimant):
            other.append(piece)
            continue
        if owner is None:
            spends.append(piece)
        hashed = digest('accepted', bytes.fromhex(facts['rid']), u32(piece), tokens.tokens[piece])
        accepted.append({'piece': piece, 'hash': hashed.hex()})
    amount = int(facts['reward']) * len(spends)
    transfer = {
        'debit': f"grant:{facts['rid']}:escrow",
        'credit': f'member:{claimant}:pending',
        'amount': str(amount),
    }
    if settled is not None and settled['k'] >= mark['k']:
        mark = settled
    return {
        'transfers': [transfer] if amount else [],
        'spends': spends,
        'settled': mark,
        'accepted': accepted,
        'alreadyPaid': other,
        'failed': failed,
    }



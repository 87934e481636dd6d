"""Handshakes and the sealed channel (docs/PROTOCOL.md section 7)."""
from certificates import verify
from crypto import agree, digest, gcm_open, gcm_seal, hkdf, open_string, sign_string
from encoding import check, u32

unhex = bytes.fromhex


def transcript_of(given):
    parts = []
    for side in ('initiator', 'acceptor'):
        extended = unhex(given[side]['extended'])
        parts += [unhex(given[side]['handshake']), u32(len(extended)), extended]
    return digest('transcript', *parts)


def other(side):
    return 'acceptor' if side == 'initiator' else 'initiator'


def hello_fields(given, role, transcript):
    ids = {side: unhex(given[side]['handshake'])[48:68].hex() for side in ('initiator', 'acceptor')}
    return {'role': role, 'cid': given['cid'], **ids, 'transcript': transcript.hex()}


def handshake(document, given, world):
    """7.2 to 7.4, from one side, in the order of the checks."""
    side = given['side']
    extended = unhex(given[other(side)]['extended'])
    limit = document.limits['EXTENSION_MAX_BYTES']
    entry = document.decode('ExtendedHandshake', extended, limit)['floodgate']
    check(1 in entry['v'], 'unsupported-version')
    root = unhex(given['root'])
    chain = [('root', root), ('issuing', unhex(entry['issuing'])), ('member', unhex(entry['leaf']))]
    leaf = verify(document, chain, given['now'])
    check(leaf['subject']['uid'] != given['self'], 'own-uid')
    check(entry['nonce'] not in [given['nonce'], *given['seen']], 'nonce-repeated')
    agree(unhex(given['privateKey']), unhex(entry['key']))
    transcript, fingerprint = transcript_of(given), unhex(given['fingerprint'])
    payload = document.encode('Hello', hello_fields(given, side, transcript))
    hello = b'\0' + sign_string('hello', payload, fingerprint, unhex(given['seed']))
    first = unhex(given['first'])
    check(first[:1] == b'\0', 'hello-expected')
    theirs = open_string(document, 'hello', first[1:], fingerprint, leaf['key'])
    check(theirs == hello_fields(given, other(side), transcript), 'hello-mismatch')
    uid = leaf['subject']['uid']
    return {'hello': hello.hex(), 'transcript': transcript.hex(), 'uid': uid}


class Direction:
    def __init__(self, key, iv):
        self.key, self.iv, self.number = key, iv, 0

    def nonce(self):
        number = bytes(6) + self.number.to_bytes(6, 'big')
        self.number += 1
        return bytes(a ^ b for a, b in zip(self.iv, number))


def channel(document, given, world):
    """7.6 and 7.7."""
    secret = agree(unhex(given['privateKey']), unhex(given['peerKey']))
    keys = hkdf(transcript_of(given), secret, b'floodgate/1 channel', 88)
    there = Direction(keys[:32], keys[64:76])
    back = Direction(keys[32:64], keys[76:88])
    sending, receiving = (there, back) if given['side'] == 'initiator' else (back, there)
    out = []
    for step in given['steps']:
        if 'seal' in step:
            sealed = gcm_seal(sending.key, sending.nonce(), b'\1', unhex(step['seal']))
            out.append((b'\1' + sealed).hex())
            continue
        data = unhex(step['open'])
        check(data[:1] == b'\1', 'out-of-state')
        out.append(gcm_open(receiving.key, receiving.nonce(), b'\1', data[1:]).hex())
    return {'steps': out}


EXACT = {0: 1, 1: 1, 2: 1, 3: 1, 4: 5, 6: 13, 8: 13, 9: 3, 13: 5, 14: 1, 15: 1, 16: 13, 17: 5}
INDEXED = (4, 6, 7, 8, 13, 16, 17)


def frames(document, given, world):
    """7.1: one side's stream, message by message."""
    data, pieces, limits = unhex(given['bytes']), given['pieces'], document.limits
    lead = b'\x13BitTorrent protocol'
    check(data[: len(lead)] == lead[: len(data)], 'malformed')
    at, fields, greeted = 68, 0, False
    if len(data) < at:
        return {'whole': 0}
    while len(data) >= at + 4:
        length = int.from_bytes(data[at : at + 4], 'big')
        check(length <= limits['FRAME_MAX_BYTES'], 'too-large')
        body = data[at + 4 : at + 4 + length]
        if length > 0 and body:
            judge_length(body[0], length, pieces, limits)
            if body[0] in INDEXED and len(body) >= 5:
                check(int.from_bytes(body[1:5], 'big') < pieces, 'piece-unknown')
        if len(body) < length:
            break
        at += 4 + length
        if body[:1] in (b'\5', b'\x0e', b'\x0f'):
            fields += 1
            check(fields <= 16 + pieces / 16, 'out-of-state')
            spare = -pieces % 8
            check(body[0] != 5 or body[-1] & ((1 << spare) - 1) == 0, 'malformed')
        if body[:2] == b'\x14\0':
            check(not greeted, 'second-handshake')
            greeted = True
            judge_greeting(document, body[2:])
    return {'whole': at}


def judge_length(kind, length, pieces, limits):
    low = high = EXACT.get(kind, 0)
    if kind == 5:
        low = high = 1 + -(-pieces // 8)
    elif kind == 7:
        low, high = 10, 9 + limits['BLOCK_MAX_BYTES']
    elif kind == 20:
        low, high = 2, 2 + limits['EXTENSION_MAX_BYTES']
    elif kind not in EXACT:
        low, high = 1, limits['FRAME_MAX_BYTES']
    check(length <= high, 'too-large')
    check(length >= low, 'malformed')


def judge_greeting(document, payload):
    value = document.scan(payload, document.limits['EXTENSION_MAX_BYTES'])
    check(isinstance(value, dict), 'malformed')
    names = value.get(b'm', {})
    check(isinstance(names, dict), 'malformed')
    for number in names.values():
        check(isinstance(number, int) and 0 <= number <= 255, 'malformed')

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

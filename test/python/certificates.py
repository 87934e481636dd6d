"""Certificates (docs/PROTOCOL.md section 3): one DER form, profiles and chains."""
from datetime import datetime, timezone

from cryptography import x509

from crypto import payload_of, raw, sha256, small_order, verifies
from encoding import Refused, check

ED25519 = bytes.fromhex('300506032b6570')
SPKI = bytes.fromhex('302a300506032b6570032100')
ROOT, MEMBER = 'root', 'member'
SIGN_CERTIFICATES, SIGN = 0x04, 0x80
#        issued by, path length, key usage
PROFILES = {
    'root': ('root', 1, SIGN_CERTIFICATES),
    'issuing': ('root', 0, SIGN_CERTIFICATES),
    'signing': ('root', None, SIGN),
    'member': ('issuing', None, SIGN),
}


def tlv(tag, *contents):
    body = b''.join(contents)
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    size = (len(body).bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + len(body).to_bytes(size, 'big') + body


def children(data):
    """The values of a constructed string, as (tag, content)."""
    items = []
    while data:
        tag, length, at = data[0], data[1], 2
        if length & 0x80:
            size = length & 0x7F
            length, at = int.from_bytes(data[2 : 2 + size], 'big'), 2 + size
        if len(data) < at + length:
            raise ValueError('cut short')
        items.append((tag, data[at : at + length]))
        data = data[at + length :]
    return items


def name_der(name):
    attributes = [('55040a', name['provider']), ('55040b', 'Floodgate ' + name['kind'])]
    if 'uid' in name:
        attributes.append(('550403', name['uid']))
    sets = [
        tlv(0x31, tlv(0x30, tlv(0x06, bytes.fromhex(oid)), tlv(0x0C, text.encode())))
        for oid, text in attributes
    ]
    return tlv(0x30, *sets)


def name_of(content):
    texts = []
    for _, attribute in children(content):
        pair = children(children(attribute)[0][1])
        texts.append(pair[1][1].decode('utf-8', 'strict'))
    if not 2 <= len(texts) <= 3 or not texts[1].startswith('Floodgate '):
        raise ValueError('name')
    name = {'provider': texts[0], 'kind': texts[1][10:]}
    if len(texts) == 3:
        name['uid'] = texts[2]
    if not 1 <= len(texts[0].encode()) <= 64 or ('uid' in name) != (name['kind'] == MEMBER):
        raise ValueError('name')
    if 'uid' in name and (len(name['uid']) != 32 or set(name['uid']) - set('0123456789abcdef')):
        raise ValueError('uid')
    return name


def time_der(milliseconds):
    moment = datetime.fromtimestamp(milliseconds // 1000, timezone.utc)
    if moment.year < 2050:
        return tlv(0x17, moment.strftime('%y%m%d%H%M%SZ').encode())
    return tlv(0x18, moment.strftime('%Y%m%d%H%M%SZ').encode())


def time_of(item):
    tag, content = item
    text = content.decode()
    if tag == 0x17:
        text = ('20' if int(text[:2]) < 50 else '19') + text
    moment = datetime.strptime(text, '%Y%m%d%H%M%SZ').replace(tzinfo=timezone.utc)
    if moment.year < 1970:
        raise ValueError('date')
    return int(moment.timestamp()) * 1000


def key_id(key):
    return sha256(key)[:20]


def body_der(c):
    constraints = b'' if c['path'] is None else tlv(1, b'\xff') + tlv(2, bytes([c['path']]))
    unused = (c['usage'] & -c['usage']).bit_length() - 1
    usage = tlv(3, bytes([unused, c['usage']]))

    def extension(oid, value, critical):
        marks = tlv(1, b'\xff') if critical else b''
        return tlv(0x30, tlv(6, bytes.fromhex(oid)), marks, tlv(4, value))

    return tlv(
        0x30,
        tlv(0xA0, tlv(2, b'\x02')),
        tlv(2, c['serial']),
        ED25519,
        name_der(c['issuer']),
        tlv(0x30, time_der(c['before']), time_der(c['after'])),
        name_der(c['subject']),
        SPKI + c['key'],
        tlv(
            0xA3,
            tlv(
                0x30,
                extension('551d13', tlv(0x30, constraints), True),
                extension('551d0f', usage, True),
                extension('551d0e', tlv(4, key_id(c['key'])), False),
                extension('551d23', tlv(0x30, tlv(0x80, c['authority'])), False),
            ),
        ),
    )


def take_apart(der):
    ((_, whole),) = children(der)
    (_, body), _, (_, signature) = children(whole)
    parts = children(body)
    extensions = [children(item) for _, item in children(children(parts[7][1])[0][1])]
    constraints = children(children(extensions[0][2][1])[0][1])
    certificate = {
        'serial': parts[1][1],
        'issuer': name_of(parts[3][1]),
        'before': time_of(children(parts[4][1])[0]),
        'after': time_of(children(parts[4][1])[1]),
        'subject': name_of(parts[5][1]),
        'key': children(parts[6][1])[1][1][1:],
        'path': constraints[1][1][0] if constraints else None,
        'usage': children(extensions[1][2][1])[0][1][1],
        'authority': children(children(extensions[3][1][1])[0][1])[0][1],
        'signature': signature[1:],
    }
    serial = certificate['serial']
    fits = len(serial) == 16 and 0x40 <= serial[0] <= 0x7F and len(certificate['signature']) == 64
    if not fits or len(certificate['key']) != 32 or len(certificate['authority']) != 20:
        raise ValueError('lengths')
    certificate['body'] = body_der(certificate)
    again = tlv(0x30, certificate['body'], ED25519, tlv(3, b'\0', certificate['signature']))
    if again != der:
        raise ValueError('form')
    return certificate


def read(document, der):
    """3.3; the standard library of certificates must see the same in it."""
    check(len(der) <= document.limits['CERTIFICATE_MAX_BYTES'], 'too-large')
    try:
        certificate = take_apart(der)
    except (ValueError, IndexError, KeyError, OverflowError):
        raise Refused('malformed') from None
    profile = PROFILES.get(certificate['subject']['kind'])
    check(profile is not None, 'certificate-invalid')
    check(certificate['path'] == profile[1], 'certificate-invalid')
    check(certificate['usage'] == profile[2], 'certificate-invalid')
    check(not small_order(certificate['key']), 'certificate-invalid')
    standard = x509.load_der_x509_certificate(der)
    assert standard.serial_number == int.from_bytes(certificate['serial'], 'big')
    assert raw(standard.public_key()) == certificate['key']
    constraints = standard.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert (constraints.ca, constraints.path_length) == (profile[1] is not None, profile[1])
    return certificate


def read_as(document, kind, der, issuer=None):
    certificate = read(document, der)
    check(certificate['subject']['kind'] == kind, 'certificate-invalid')
    issuer = issuer or certificate
    named, by = certificate['issuer'], issuer['subject']
    same = named['provider'] == by['provider'] and named['kind'] == by['kind']
    check(same and certificate['authority'] == key_id(issuer['key']), 'certificate-invalid')
    good = verifies(issuer['key'], certificate['body'], certificate['signature'])
    check(good, 'certificate-invalid')
    return certificate


def fingerprint_of(document, root):
    return sha256(SPKI, read_as(document, ROOT, root)['key'])


def verify(document, chain, now):
    """A chain [(kind, der)] from the root down (3.5); gives the last certificate."""
    slack = document.limits['CERTIFICATE_SKEW_MS']
    certificates, issuer = [], None
    for kind, der in chain:
        issuer = read_as(document, kind, der, issuer)
        certificates.append(issuer)
    for certificate in certificates:
        check(now >= certificate['before'] - slack, 'certificate-early')
        check(now <= certificate['after'] + slack, 'certificate-expired')
    return certificates[-1]


class Ring:
    """The signing certificates under one root (2.3)."""

    def __init__(self, document, root, signers, now):
        self.document, self.root, self.now, self.keys = document, root, now, {}
        self.fingerprint = fingerprint_of(document, root)
        for signer in signers:
            self.add(signer)

    def add(self, signing):
        name = sha256(signing)
        if name not in self.keys:
            chain = [(ROOT, self.root), ('signing', signing)]
            self.keys[name] = verify(self.document, chain, self.now)['key']

    def open(self, label, data):
        document = self.document
        record, max_bytes = document.signed[label]
        payload = payload_of(label, data, self.fingerprint, max_bytes)
        value = document.scan(payload, max_bytes)
        check(isinstance(value, dict) and isinstance(value.get(b'signer'), bytes), 'malformed')
        check(len(value[b'signer']) == 32, 'malformed')
        key = self.keys.get(value[b'signer'])
        check(key is not None, 'certificate-invalid')
        check(verifies(key, data[:-64], data[-64:]), 'bad-signature')
        return document.read(record, value)

"""Digests, signed strings and sealing (docs/PROTOCOL.md section 2)."""
import hashlib
import hmac

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from encoding import Refused, check

PREFIX = b'floodgate/1 '


def sha256(*parts):
    return hashlib.sha256(b''.join(parts)).digest()


def digest(context, *parts):
    return sha256(PREFIX, context.encode(), b'\n', *parts)


def raw(key):
    return key.public_bytes(Encoding.Raw, PublicFormat.Raw)


def verifies(public_key, message, signature):
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
        return True
    except InvalidSignature:
        return False


def public_of(seed):
    return raw(Ed25519PrivateKey.from_private_bytes(seed).public_key())


def sign_string(label, payload, fingerprint, seed):
    message = PREFIX + label.encode() + b'\n' + fingerprint + payload
    return message + Ed25519PrivateKey.from_private_bytes(seed).sign(message)


def payload_of(label, data, fingerprint, max_bytes):
    """Steps 1 to 5 of 2.2."""
    lead = PREFIX + label.encode() + b'\n'
    check(len(data) <= max_bytes, 'too-large')
    check(len(data) >= len(lead) + 32 + 64, 'malformed')
    check(data.startswith(PREFIX), 'unsupported-version')
    check(data.startswith(lead), 'bad-label')
    check(data[len(lead) : len(lead) + 32] == fingerprint, 'wrong-provider')
    return data[len(lead) + 32 : -64]


def open_string(document, label, data, fingerprint, public_key):
    """All steps of 2.2; gives the payload's fields."""
    record, max_bytes = document.signed[label]
    payload = payload_of(label, data, fingerprint, max_bytes)
    check(verifies(public_key, data[:-64], data[-64:]), 'bad-signature')
    return document.decode(record, payload, max_bytes)


def hkdf_extract(salt, ikm):
    return hmac.new(salt or bytes(32), ikm, hashlib.sha256).digest()


def hkdf_expand(prk, info, length):
    out, block, counter = b'', b'', 1
    while len(out) < length:
        block = hmac.new(prk, block + info + bytes([counter]), hashlib.sha256).digest()
        out, counter = out + block, counter + 1
    return out[:length]


def hkdf(salt, ikm, info, length):
    return hkdf_expand(hkdf_extract(salt, ikm), info, length)


def agree(private, public):
    """X25519; all zero (a key of small order) is weak-key."""
    try:
        secret = X25519PrivateKey.from_private_bytes(private).exchange(
            X25519PublicKey.from_public_bytes(public)
        )
    except ValueError:
        raise Refused('weak-key') from None
    check(secret != bytes(32), 'weak-key')
    return secret


def agreement_public(private):
    return raw(X25519PrivateKey.from_private_bytes(private).public_key())


KEM = b'KEM\x00\x20'
HPKE = b'HPKE\x00\x20\x00\x01\x00\x02'


def labeled_extract(suite, salt, label, ikm):
    return hkdf_extract(salt, b'HPKE-v1' + suite + label + ikm)


def labeled_expand(suite, prk, label, info, length):
    return hkdf_expand(prk, length.to_bytes(2, 'big') + b'HPKE-v1' + suite + label + info, length)


def hpke_key(dh, enc, recipient, info):
    """Key schedule of base mode (RFC 9180 sections 4.1, 5.1)."""
    prk = labeled_extract(KEM, b'', b'eae_prk', dh)
    shared = labeled_expand(KEM, prk, b'shared_secret', enc + recipient, 32)
    context = (
        b'\x00'
        + labeled_extract(HPKE, b'', b'psk_id_hash', b'')
        + labeled_extract(HPKE, b'', b'info_hash', info)
    )
    secret = labeled_extract(HPKE, shared, b'secret', b'')
    key = labeled_expand(HPKE, secret, b'key', context, 32)
    return key, labeled_expand(HPKE, secret, b'base_nonce', context, 12)


def unseal(private, info, sealed):
    check(len(sealed) >= 48, 'seal-broken')
    enc = sealed[:32]
    key, nonce = hpke_key(agree(private, enc), enc, agreement_public(private), info.encode())
    return gcm_open(key, nonce, b'', sealed[32:])


def seal(public, ephemeral, info, plaintext):
    enc = agreement_public(ephemeral)
    key, nonce = hpke_key(agree(ephemeral, public), enc, public, info.encode())
    return enc + AESGCM(key).encrypt(nonce, plaintext, b'')


def gcm_open(key, nonce, aad, sealed):
    check(len(sealed) >= 16, 'seal-broken')
    try:
        return AESGCM(key).decrypt(nonce, sealed, aad)
    except InvalidTag:
        raise Refused('seal-broken') from None


def gcm_seal(key, nonce, aad, plaintext):
    return AESGCM(key).encrypt(nonce, plaintext, aad)


def keystream(key, length):
    encryptor = Cipher(algorithms.AES(key), modes.CTR(bytes(16))).encryptor()
    return encryptor.update(bytes(length))


P = 2**255 - 19


def small_order(public_key):
    """Whether an Ed25519 key is one of the eight torsion points: y in {0, 1, -1, two others}."""
    y = int.from_bytes(public_key, 'little') & (2**255 - 1)
    y %= P
    if y in (0, 1, P - 1):
        return True
    # The points of order 8 have y^2 = x^2-ish roots; doubling twice gives y = 0 for them.
    d = -121665 * pow(121666, P - 2, P) % P
    y2 = y * y % P
    x2 = (y2 - 1) * pow(d * y2 + 1, P - 2, P) % P
    # Doubling on -x^2 + y^2 = 1 + d x^2 y^2: y' = (y^2 + x^2) / (2 - y^2 + x^2).
    return (y2 + x2) % P == 0

#!/usr/bin/python3
"""Checks every vector of test/vectors against docs/PROTOCOL.md: an independent implementation.

Written from the document alone; imports nothing of the project. Usage:
check_vectors.py docs/PROTOCOL.md test/vectors. Exit 1 on any difference or an unknown kind.
"""
import json
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from buyer import Buyer
from certificates import Ring, fingerprint_of, verify
from crypto import agreement_public, open_string, seal, sha256, sign_string, unseal
from encoding import Document, Refused, check
from mediation import bundle, case
from scheme import Tokens, grant_key, list_digest, read_grant, redeem
from seller import Seller
from tracker import answer, call, greeting, torrent, voucher
from trade import run
from wire import channel, frames, handshake

unhex = bytes.fromhex


def bencode(document, given, world):
    document.scan(unhex(given['bytes']), given['maxBytes'])
    return {}


def record(document, given, world):
    data = unhex(given['bytes'])
    fields = document.decode(given['record'], data, given['maxBytes'])
    assert 'unknown' in given or document.encode(given['record'], fields) == data
    return fields


def signed(document, given, world):
    label, data, fingerprint = given['label'], unhex(given['bytes']), unhex(given['fingerprint'])
    fields = open_string(document, label, data, fingerprint, unhex(given['publicKey']))
    if 'seed' in given:
        payload = document.encode(document.signed[label][0], fields)
        assert sign_string(label, payload, fingerprint, unhex(given['seed'])) == data
    return fields


def ring_of(document, given):
    signers = [unhex(signer) for signer in given['signers']]
    return Ring(document, unhex(given['root']), signers, given['now'])


def provider_signed(document, given, world):
    return ring_of(document, given).open(given['label'], unhex(given['bytes']))


def revocations(document, given, world):
    """4.11: takes a list, then judges a member."""
    found = ring_of(document, given).open('revocations', unhex(given['bytes']))
    if 'newest' in given:
        newest = given['newest']
        edition = (found['number'], found['time'])
        check(edition >= (newest['number'], newest['time']), 'revocations-old')
    check(given['serial'] not in found['serials'], 'certificate-revoked')
    age = given['now'] - found['time']
    fresh = age <= document.limits['REVOCATIONS_MAX_AGE_MS']
    check(fresh or not given['stranger'], 'revocations-stale')
    return {**{key: found[key] for key in ('number', 'time')}, 'serials': len(found['serials'])}


def fingerprint(document, given, world):
    return {'fingerprint': fingerprint_of(document, unhex(given['root'])).hex()}


def member(document, given, world):
    chain = [(kind, unhex(given[key])) for kind, key in
             (('root', 'root'), ('issuing', 'issuing'), ('member', 'leaf'))]
    leaf = verify(document, chain, given['now'])
    return {
        'uid': leaf['subject']['uid'],
        'publicKey': leaf['key'].hex(),
        'provider': leaf['subject']['provider'],
        'serial': leaf['serial'].hex(),
        'notBefore': leaf['before'],
        'notAfter': leaf['after'],
    }


def signer(document, given, world):
    chain = [('root', unhex(given['root'])), ('signing', unhex(given['signing']))]
    certificate = verify(document, chain, given['now'])
    return {'publicKey': certificate['key'].hex(), 'digest': sha256(chain[1][1]).hex()}


def sealed(document, given, world):
    data, private = unhex(given['bytes']), unhex(given['privateKey'])
    plaintext = unseal(private, given['info'], data)
    if 'ephemeral' in given:
        public = agreement_public(private)
        assert seal(public, unhex(given['ephemeral']), given['info'], plaintext) == data
    return {'plaintext': plaintext.hex()}


def tokens(document, given, world):
    rid, count = unhex(given['rid']), given['pieces']
    key = grant_key(unhex(given['seed']), rid)
    all_ = Tokens(key, rid, count)
    return {
        'key': key.hex(),
        'digests': all_.digests.hex(),
        'list': list_digest(all_.digests).hex(),
        'all': sha256(all_.all).hex(),
        'first': all_.tokens[0].hex(),
        'firstHash': all_.hashes[0].hex(),
        'last': all_.tokens[-1].hex(),
        'lastHash': all_.hashes[-1].hex(),
    }


def grant(document, given, world):
    ring = ring_of(document, given)
    parts = unhex(given['open']), unhex(given['secret']), given['buyer'], given['cid']
    facts, all_ = read_grant(document, ring, *parts)
    return {'facts': facts, 'tokens': sha256(all_.all).hex()}


def message(document, given, world):
    data = unhex(given['bytes'])
    known = document.types.get(data[0]) if data else None
    check(known is not None, 'malformed')
    limit = document.limits['EXTENSION_MAX_BYTES']
    return {'name': known[0], **document.decode(known[1], data[1:], limit)}


def seller(document, given, world):
    return run(Seller(document, world, given), given['steps'])


def buyer(document, given, world):
    return run(Buyer(document, world, given), given['steps'])


KINDS = {
    'bencode': bencode,
    'record': record,
    'signed': signed,
    'provider-signed': provider_signed,
    'revocations': revocations,
    'bundle': bundle,
    'case': case,
    'fingerprint': fingerprint,
    'member': member,
    'signer': signer,
    'sealed': sealed,
    'greeting': greeting,
    'call': call,
    'answer': answer,
    'torrent': torrent,
    'tokens': tokens,
    'grant': grant,
    'handshake': handshake,
    'channel': channel,
    'frames': frames,
    'message': message,
    'seller': seller,
    'buyer': buyer,
    'voucher': voucher,
    'redeem': lambda document, given, world: redeem(document, given),
}


def outcome(document, vector, world):
    given = vector['input']
    if vector['kind'] == 'call' and 'ok' in vector['expect']:
        given = {**given, 'answer': vector['expect']['ok']['answer']}
    try:
        return {'ok': KINDS[vector['kind']](document, given, world)}
    except Refused as refused:
        return {'refuse': refused.code, **refused.rest}


def main(document_path, folder):
    document = Document(document_path)
    with open(os.path.join(folder, 'world.json'), encoding='utf-8') as file:
        world = json.load(file)
    count, refused, wrong = 0, 0, 0
    names = sorted(name for name in os.listdir(folder) if name.endswith('.json'))
    for name in names:
        if name == 'world.json':
            continue
        with open(os.path.join(folder, name), encoding='utf-8') as file:
            vectors = json.load(file)
        for vector in vectors:
            count += 1
            refused += 'refuse' in vector['expect']
            title = f"{name}: {vector['kind']}: {vector['name']}"
            if vector['kind'] not in KINDS:
                wrong += 1
                print(f'{title}: unknown kind')
                continue
            found = outcome(document, vector, world)
            if found != vector['expect']:
                wrong += 1
                stated = shown(vector['expect'])
                print(f'{title}: differs\n  stated {stated}\n  found  {shown(found)}')
            known = found.get('refuse') is None or found['refuse'] in document.faults
            if not known:
                wrong += 1
                print(f'{title}: a code that the document does not list')
    if wrong or not count:
        print(f'{wrong} of {count} vectors are not as stated')
        return 1
    print(f'{count} vectors, all as stated; {refused} of them tampered')
    return 0


def shown(value):
    text = json.dumps(value)
    return text if len(text) < 1500 else text[:1500] + '...'


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:3]))

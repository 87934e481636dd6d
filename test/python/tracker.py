"""Calls, answers, the time and torrents (docs/PROTOCOL.md sections 4 and 5)."""
import hashlib

from certificates import Ring, fingerprint_of
from crypto import agree, agreement_public, open_string, payload_of, sha256, unseal
from encoding import Reader, Refused, check

unhex = bytes.fromhex
SEALED = ('claim', 'account', 'mail', 'redeem', 'payout', 'payouts', 'postings')


def seal_info(call, towards):
    return f'floodgate/1 {call} to {towards}'


def call(document, given, world):
    """4.2, steps 1 to 6, by a tracker that stands as the vector says."""
    tracker, name, signed = given['tracker'], given['call'], False
    try:
        fields, caller = read_call(document, given, tracker, name)
        signed = True
        judge_call(document, given, tracker, name, fields, caller)
    except Refused as refused:
        status = document.status[refused.code]
        raise Refused(refused.code, {'status': status, 'signed': signed}) from None
    data = given_answer(given, name, fields, world, document)
    return {'fields': fields, 'status': 200, 'answer': data}


def read_call(document, given, tracker, name):
    body = unhex(given['body'])
    if name in SEALED:
        body = unseal(unhex(tracker['seal']), seal_info(name, 'provider'), body)
    lead = 32 if name == 'register' else 16
    check(len(body) > lead, 'malformed')
    caller, key = None, body[:lead]
    if name != 'register':
        caller = next((m for m in tracker['members'] if unhex(m['uid']) == body[:lead]), None)
        check(caller is not None, 'unknown-member')
        key = unhex(caller['publicKey'])
    fingerprint = unhex(tracker['fingerprint'])
    fields = open_string(document, name, body[lead:], fingerprint, key)
    return fields, caller or {'key': key.hex()}


def judge_call(document, given, tracker, name, fields, caller):
    off = abs(fields['time'] - given['now'])
    check(off <= document.limits['CLOCK_SKEW_MAX_MS'], 'stale-time')
    revoked = [m for m in tracker['members'] if m['uid'] in tracker.get('revoked', [])]
    if name == 'register':
        check(fields['key'] == caller['key'], 'malformed')
        # No tracker of the vectors gave an invitation out.
        new = all(m['publicKey'] != caller['key'] for m in tracker['members'])
        check(not new or 'invitation' not in fields, 'invitation-invalid')
        check(all(m['publicKey'] != caller['key'] for m in revoked), 'certificate-revoked')
        return
    check(fields['counter'] > caller['counter'], 'stale-counter')
    check(caller not in revoked, 'certificate-revoked')
    content = next((c for c in tracker['contents'] if c['cid'] == fields.get('cid')), None)
    if name in ('purchase', 'announce'):
        check(content is not None, 'unknown-cid')
    grants = [grant for grant in tracker['grants'] if grant['buyer'] == caller['uid']]
    if name == 'announce' and 'rid' in fields:
        mine = [g for g in grants if (g['rid'], g['cid']) == (fields['rid'], fields['cid'])]
        check(mine, 'unknown-grant')
    if name == 'pages':
        judge_pages(document, tracker, fields, caller)
    if name == 'refund':
        mine = [g for g in grants if g['rid'] == fields['rid']]
        check(mine, 'unknown-grant')
        sold = next(c for c in tracker['contents'] if c['cid'] == mine[0]['cid'])
        named, size = unhex(fields['pieces']), -(-sold['pieces'] // 8)
        check(any(named) and len(named) == size, 'malformed')
        spare = 8 * size - sold['pieces']
        check(named[-1] & ((1 << spare) - 1) == 0, 'piece-unknown')
    if name == 'complain':
        document.decode('Bundle', unhex(fields['bundle']), document.limits['BUNDLE_MAX_BYTES'])
    # No tracker of the vectors has a case.
    check(name != 'respond' and 'file' not in fields, 'unknown-case')
    if name == 'mail':
        for each in fields['letters']:
            data = unhex(each['letter'])
            letter = document.decode('Letter', data, document.limits['LETTER_MAX_BYTES'])
            check(letter['payments'], 'malformed')
            check(any(g['rid'] == letter['rid'] for g in grants), 'unknown-grant')
            # No grant of the vectors has named anybody yet.
            check(False, 'unknown-member')
    if name in ('redeem', 'payout'):
        judge_money(tracker, name, fields, caller, given['now'])
    if name == 'claim':
        rids = [grant['rid'] for grant in fields['grants']]
        check(len(set(rids)) == len(rids), 'malformed')
    if name == 'purchase':
        again, price = judge_purchase(fields, content, grants)
        check(again or fields['terms'] == content['terms'], 'terms-changed')
        agree(bytes(31) + b'\1', unhex(fields['reply']))
        check(again or int(caller['spendable']) >= price, 'insufficient-funds')


def judge_money(tracker, name, fields, caller, now):
    """13.10 and 13.11; nobody in the vectors has asked for a payout before."""
    if name == 'payout':
        to = fields['to']
        check(int(fields['amount']) > 0 and to.strip(), 'malformed')
        check(not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in to), 'malformed')
        check(int(caller['spendable']) >= int(fields['amount']), 'insufficient-funds')
        return
    named = sha256(unhex(fields['code'])).hex()
    found = next((v for v in tracker.get('vouchers', []) if v['hash'] == named), None)
    check(found is not None, 'voucher-invalid')
    if found.get('by') == caller['uid']:
        return
    check('by' not in found and 'voided' not in found, 'voucher-invalid')
    check(now < found['until'], 'voucher-invalid')


VOUCHER_DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'


def voucher(document, given, world):
    """13.10."""
    typed = ''.join(given['text'].upper().replace('-', '').split())
    typed = typed.replace('I', '1').replace('L', '1').replace('O', '0')
    check(len(typed) == 20 and all(c in VOUCHER_DIGITS for c in typed), 'voucher-invalid')
    value = 0
    for digit in typed:
        value = value * 32 + VOUCHER_DIGITS.index(digit)
    code = (value >> 4).to_bytes(12, 'big')
    check(sha256(code)[0] >> 4 == value & 15, 'voucher-invalid')
    return {'code': code.hex()}


def judge_purchase(fields, content, grants):
    """4.7, steps 2 to 5; no piece of the vectors' grants was claimed for."""
    only, reward = fields.get('only'), int(content['reward'])
    if only is not None:
        check(only and only == sorted(set(only)), 'malformed')
        check(only[-1] < content['pieces'], 'piece-unknown')
    mine = [grant for grant in grants if grant['cid'] == fields['cid']]
    whole = [grant for grant in mine if 'only' not in grant]
    if only is None:
        again = any(not grant.get('ended') for grant in whole)
        check(again or not whole, 'bought-before')
        return again, int(content['price'])
    check(whole, 'not-bought')
    open_ = [g for g in mine if 'only' in g and g['rid'] not in fields.get('used', [])]
    return any(set(g['only']) & set(only) for g in open_), reward * len(only)


def judge_pages(document, tracker, fields, caller):
    """4.12; every grant of the vectors is open and covers all its pieces."""
    grant = next((g for g in tracker['grants'] if g['rid'] == fields['rid']), None)
    check(grant is not None, 'unknown-grant')
    buyer = next(m for m in tracker['members'] if m['uid'] == grant['buyer'])
    fingerprint, key = unhex(tracker['fingerprint']), unhex(buyer['publicKey'])
    request = open_string(document, 'request', unhex(fields['request']), fingerprint, key)
    names_grant = (request['rid'], request['cid']) == (grant['rid'], grant['cid'])
    check(names_grant, 'wrong-grant')
    check(request['buyer'] == buyer['uid'], 'wrong-buyer')
    check(request['seller'] == caller['uid'], 'wrong-seller')
    check(set(fields['pieces']) <= set(request['pieces']), 'not-requested')


def given_answer(given, name, fields, world, document):
    """What the real tracker answered; it must be an answer to this very call."""
    data = given['answer']
    provider = world['provider']
    ring = Ring(document, unhex(provider['root']), [unhex(provider['signing'])], given['now'])
    question = {'call': name, 'nonce': fields['nonce'], 'bytes': data}
    question['replyKey'] = given['replyKey']
    read_answer(document, question, ring)
    assert agreement_public(unhex(given['replyKey'])).hex() == fields['reply']
    return data


def read_answer(document, given, ring):
    name, data = given['call'], unhex(given['bytes'])
    if name in SEALED:
        data = unseal(unhex(given['replyKey']), seal_info(name, 'member'), data)
    found = ring.open('answer', data)
    check((found['call'], found['nonce']) == (name, given['nonce']), 'bad-answer')
    if found['code'] != 'ok':
        check(found['code'] in document.faults, 'bad-answer')
        raise Refused(found['code'])
    body = unhex(found.get('body', ''))
    about_a_case = name in ('refund', 'complain', 'respond')
    record = 'CaseAnswer' if about_a_case else name.capitalize() + 'Answer'
    return document.decode(record, body, document.limits['API_ANSWER_MAX_BYTES'])


def answer(document, given, world):
    signers = [unhex(signer) for signer in given['signers']]
    ring = Ring(document, unhex(given['root']), signers, given['now'])
    return read_answer(document, given, ring)


def greeting(document, given, world):
    """4.3."""
    shown = document.decode('TimeAnswer', unhex(given['bytes']), 20000)
    root, signing = unhex(shown['root']), unhex(shown['signing'])
    fingerprint = fingerprint_of(document, root)
    check(fingerprint.hex() == given['pinned'], 'pin-mismatch')
    payload = payload_of('time', unhex(shown['time']), fingerprint, 20000)
    stated = document.decode('Time', payload, 20000)
    time = Ring(document, root, [signing], stated['time']).open('time', unhex(shown['time']))
    check(time['nonce'] == given['nonce'], 'bad-answer')
    kept = {key: shown[key] for key in ('root', 'issuing', 'signing')}
    kept.update({key: time[key] for key in ('seal', 'name', 'currency')})
    offset = time['time'] - given['now']
    return {'fingerprint': fingerprint.hex(), **kept, 'clockOffset': offset}


def torrent(document, given, world):
    """5.1 as far as the vectors go, and 5.2."""
    top = read_torrent(document, unhex(given['bytes']))
    info, root = top[b'info'], unhex(given['root'])
    fingerprint = fingerprint_of(document, root)
    assert fingerprint.hex() == given['fingerprint']
    source = b'floodgate:' + fingerprint.hex().encode()
    check(info.get(b'source') == source, 'wrong-provider')
    check(b'floodgate' in top, 'terms-missing')
    ring = Ring(document, root, [top[b'floodgate'][b'signer']], given['now'])
    signed = top[b'floodgate'][b'terms']
    terms = ring.open('terms', signed)
    cid = hashlib.sha1(raw_info(unhex(given['bytes']))).hexdigest()
    fits = (terms['cid'], terms['pieces']) == (cid, len(info[b'pieces']) // 20)
    check(fits and info.get(b'private') == 1, 'terms-invalid')
    check(terms['mode'] in ('open', 'closed'), 'terms-invalid')
    check(int(terms['reward']) * terms['pieces'] <= int(terms['price']), 'terms-invalid')
    return {**terms, 'digest': sha256(signed).hex()}


def read_torrent(document, data):
    try:
        top = document.scan(data, document.limits['METAINFO_MAX_BYTES'])
        info = top[b'info']
        name, pieces, length = info[b'name'].decode(), info[b'pieces'], info[b'length']
        control = any(c in '/\\' or ord(c) < 32 or ord(c) == 127 for c in name)
        bad = control or name in ('', '.', '..')
        bad = bad or len(pieces) != 20 * -(-length // info[b'piece length'])
        if b'floodgate' in top:
            parts = top[b'floodgate']
            bad = bad or not all(isinstance(parts[key], bytes) for key in (b'terms', b'signer'))
    except (Refused, KeyError, TypeError, ValueError):
        raise Refused('torrent-invalid') from None
    check(not bad, 'torrent-invalid')
    return top


def raw_info(data):
    """The bytes of `info` as they stand in the file."""
    reader, at = Reader(data, 100, 10**7), 1
    while data[at : at + 1] != b'e':
        reader.at = at
        key = reader.string()
        start = reader.at
        reader.value(1)
        at = reader.at
        if key == b'info':
            return data[start:at]
    raise AssertionError('no info')

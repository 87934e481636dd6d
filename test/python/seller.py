"""The seller (docs/PROTOCOL.md section 9)."""
from certificates import Ring
from crypto import sha256
from encoding import Refused, check
from scheme import chain_next, chain_start, covered, token_hash
from fetching import Fetching
from lost import Resending
from scheme import read_opening, read_payment
from trade import Trade


class Seller(Fetching, Resending, Trade):
    def __init__(self, document, world, given):
        super().__init__(document, world, given)
        self.books, self.lacks = given['books'], set(given.get('lacks', []))
        root, signing = (bytes.fromhex(world['provider'][name]) for name in ('root', 'signing'))
        self.ring = Ring(document, root, [signing], given['now'])
        self.is_open, self.newest, self.owed, self.runs, self.again = False, 0, {}, [], None
        self.fetches, self.parked, self.waiting = given.get('fetchesPages', False), [], []
        self.debtor = dict(self.books['debtor'])
        self.ending = given.get('ending')

    def allowed(self):
        if not self.is_open:
            late = {'pages': lambda given: None}
            return {'open': self.on_open, 'block': self.on_block, **late}
        return {
            'open': self.on_open,
            'page': self.on_page,
            'request': self.on_request,
            'block': self.on_block,
            'token': self.on_token,
            'payment': self.on_payment,
            'resend': self.on_resend,
            'withdrawal': self.on_withdrawal,
            'pages': self.on_pages,
        }

    @property
    def k(self):
        return len(self.paid)

    @property
    def window(self):
        return min(self.terms['n'], 1 + self.debtor['trust'])

    @property
    def places(self):
        most = self.terms['n'] + self.terms['b'] - 1
        return min(self.window + min(len(self.forgiven), self.k), most)

    def parties(self):
        return {'rid': self.rid, 'buyer': self.peer['uid'], 'seller': self.self['uid']}

    def refuse(self, counter, code):
        note = {**self.parties(), 'counter': counter, 'code': code, 'time': self.now}
        signed = self.sign('refusal', note)
        self.send('refusal', rid=self.rid, signed=signed)
        raise Refused(code)

    def on_open(self, message):
        try:
            facts, digests, number = self.judge_opening(message)
        except Refused as refused:
            self.refuse(0, refused.code)
        books = self.books
        self.is_open, self.terms, self.digests = True, facts, digests
        self.pages, self.failures, self.again, self.parked = {}, 0, None, []
        late, self.waiting = self.waiting, []
        for page in books.get('pages', []):
            self.page_code(page)
        self.resent = {r['piece']: r['tries'] for r in books['resent']}
        self.counter = books['counter']
        self.forgiven = {f['piece']: f['tries'] for f in books['forgiven']}
        self.runs = [{**run, 'pieces': list(run['pieces'])} for run in books['runs']]
        self.owed = {o['piece']: {**o, 'left': 0, 'earlier': True} for o in books['owed']}
        self.take_up(books)
        if number > books['list']:
            self.save('met', cid=self.cid, scheme='floodgate', reward=str(facts['reward']),
                      opening=message['opening'], list=number)
        self.newest = number
        most = self.limits['STATE_PAYMENTS_MAX_COUNT']
        self.send(
            'state', rid=self.rid, k=self.k, counter=self.counter, signed=self.signed,
            window=self.window, open=[run['counter'] for run in self.runs],
            owed=[*self.owed, *self.forgiven], pages=self.pages_on_hand(),
            payments=books['paid'][message['k'] :][:most],
        )
        for block in late:
            self.do('reject', [block['piece'], block['offset'], block['length']])

    def judge_opening(self, message):
        check(message['scheme'] == 'floodgate', 'unknown-scheme')
        for certificate in message['signers']:
            self.ring.add(bytes.fromhex(certificate))
        check(message['peers'] != '', 'list-missing')
        listed = self.ring.open('peers', bytes.fromhex(message['peers']))
        check((listed['rid'], listed['cid']) == (message['rid'], self.cid), 'wrong-grant')
        check(listed['buyer'] == self.peer['uid'], 'wrong-buyer')
        named = any(entry['uid'] == self.self['uid'] for entry in listed['sellers'])
        check(named, 'not-named')
        check(listed['number'] >= max(self.newest, self.books['list']), 'list-stale')
        check(self.now - listed['time'] <= self.limits['PEER_LIST_MAX_AGE_MS'], 'list-stale')
        check(not self.debtor['owesElsewhere'], 'unpaid')
        facts, digests = read_opening(
            self.document, self.ring, bytes.fromhex(message['opening']), self.peer['uid'], self.cid
        )
        check(facts['rid'] == message['rid'], 'wrong-grant')
        check(facts['claimUntil'] >= self.now, 'grant-closed')
        return facts, digests, listed['number']

    def take_up(self, books):
        rid = bytes.fromhex(self.rid)
        self.paid, self.signed = [], 0
        self.chain = chain_start(self.fingerprint, rid, bytes.fromhex(self.self['uid']))
        for payment in books['paid']:
            piece = payment['piece']
            hashed = token_hash(rid, piece, bytes.fromhex(payment['token']))
            self.chain = chain_next(self.chain, piece, hashed)
            self.paid.append(piece)
            if 'payment' in books and self.payment_fits(books['payment']):
                self.signed = self.k

    def payment_fits(self, data):
        payment = self.open('payment', data)
        return (payment['k'], payment['chain']) == (self.k, self.chain.hex())

    def on_request(self, message):
        self.take_request(message)

    def take_request(self, message, missing=None):
        request = self.opened('request', message['signed'])
        mine = (request['rid'], request['cid']) == (self.rid, self.cid)
        self.checked(mine, 'wrong-grant')
        self.checked(request['buyer'] == self.peer['uid'], 'wrong-buyer')
        self.checked(request['seller'] == self.self['uid'], 'wrong-seller')
        counter, pieces = request['counter'], request['pieces']
        lost = self.is_lost(pieces)
        code = self.judge_lost(counter, pieces[0]) if lost else self.judge_run(counter, pieces)
        code = self.ending or code
        if missing is None and self.park(message, counter, pieces, code):
            return
        if code == 'page-missing' and missing is not None:
            code = missing
        if code is not None:
            self.refuse(counter, code)
        self.counter = counter
        if lost:
            self.take_lost(counter, pieces[0])
        else:
            self.runs.append({'counter': counter, 'pieces': list(pieces)})
            self.save('opened', counter=counter, pieces=pieces, request=message['signed'])
        hashes = b''.join(self.hash_of(piece) for piece in pieces).hex()
        digest = sha256(bytes.fromhex(message['signed'])).hex()
        statement = {**self.parties(), 'request': digest, 'hashes': hashes}
        self.send('statement', rid=self.rid, signed=self.sign('statement', statement))

    def judge_run(self, counter, pieces):
        if counter <= self.counter:
            return 'counter-replayed'
        if self.terms['spendUntil'] < self.now:
            return 'grant-closed'
        if len(self.runs) + len(self.parked) >= self.limits['OPEN_REQUESTS_MAX_COUNT']:
            return 'too-many-open'
        if not pieces or len(set(pieces)) < len(pieces):
            return 'malformed'
        if len(pieces) > self.terms['b']:
            return 'run-too-long'
        if self.overdue:
            return 'unpaid'
        again = any(piece in self.forgiven for piece in pieces)
        kept = len(self.forgiven)
        full = kept + self.debtor['elsewhere'] >= self.places
        if (full or not self.strangers_fit(kept)) and not again:
            return 'window-full'
        busy = {piece for run in self.runs for piece in run['pieces']}
        for piece in pieces:
            if not covered(self.terms, piece):
                return 'piece-unknown'
            if piece in self.lacks:
                return 'piece-not-held'
            if piece in busy or piece in self.paid:
                return 'piece-open'
            if piece // 256 not in self.pages:
                return 'page-missing'
            if self.forgiven.get(piece, 0) >= self.limits['TRIES_MAX_COUNT']:
                return 'resends-exhausted'
        return None

    def on_block(self, block):
        piece, length = block['piece'], block['length']
        range_ = [piece, block['offset'], length]
        if self.again is not None and self.again['piece'] == piece:
            self.send_again(range_)
            return
        owed = self.owed.get(piece)
        if owed is None and self.waits(piece):
            self.waiting.append(block)
            return
        if owed is None:
            self.do('serve' if self.begin(piece, length) else 'reject', range_)
            return
        if owed['left'] < length and not (owed['earlier'] and self.try_again(piece)):
            self.do('reject', range_)
            return
        self.owed[piece]['left'] -= length
        self.do('serve', range_)

    def begin(self, piece, length):
        run = next((run for run in self.runs if piece in run['pieces']), None)
        if run is None or not self.is_open:
            return False
        tries = 0
        if piece in self.forgiven:
            tries = self.forgiven[piece] + 1
            if tries > self.limits['TRIES_MAX_COUNT']:
                return False
            del self.forgiven[piece]
        elif not self.has_room():
            return False
        self.owe(piece, run['counter'], tries, length)
        return True

    def has_room(self):
        taken, unsigned = len(self.owed) + len(self.forgiven), self.k - self.signed
        most = self.terms['n'] + self.terms['b'] - 1
        fits = taken + self.debtor['elsewhere'] < self.places and unsigned + taken < most
        return fits and not self.overdue and self.strangers_fit(taken + unsigned)

    @property
    def overdue(self):
        return self.debtor['owesElsewhere'] or bool(self.debtor['late'])

    def strangers_fit(self, here):
        others = self.debtor.get('strangers')
        return others is None or others + here < self.limits['STRANGERS_MAX_PIECES']

    def trust_after(self, piece):
        if piece in self.debtor['late']:
            return max(1, self.window // 2) - 1
        return min(self.debtor['trust'] + 1, self.limits['WINDOW_MAX_PIECES'] - 1)

    def owe(self, piece, counter, tries, asked):
        left = self.size_of(piece) - asked
        self.owed[piece] = {'counter': counter, 'tries': tries, 'left': left, 'earlier': False}
        self.save('owed', counter=counter, piece=piece, tries=tries, time=self.now)

    def try_again(self, piece):
        owed = self.owed[piece]
        if owed['tries'] >= self.limits['TRIES_MAX_COUNT']:
            return False
        self.owe(piece, owed['counter'], owed['tries'] + 1, 0)
        return True

    def retry(self, code):
        self.failures += 1
        if self.failures > self.limits['TRIES_MAX_COUNT']:
            try:
                self.refuse(0, 'payments-exhausted')
            finally:
                self.do('close', 'payments-exhausted')
        self.send('retry', rid=self.rid, k=self.k, code=code)
        raise Refused(code)

    def on_token(self, message):
        k, piece, token = message['k'], message['piece'], bytes.fromhex(message['token'])
        due = self.k + 1
        if k < due or (k > due and self.failures > 0):
            return
        code = 'bad-token' if k > due else self.judge_token(piece, token)
        if code is not None:
            self.retry(code)
        hashed = token_hash(bytes.fromhex(self.rid), piece, token)
        self.chain = chain_next(self.chain, piece, hashed)
        self.paid.append(piece)
        self.owed.pop(piece, None)
        self.forgiven.pop(piece, None)
        for run in self.runs:
            run['pieces'] = [other for other in run['pieces'] if other != piece]
        self.failures = 0
        self.debtor['trust'] = trust = self.trust_after(piece)
        self.save('earned', k=k, piece=piece, token=message['token'], trust=trust)
        self.do('credit', piece)

    def judge_token(self, piece, token):
        if not covered(self.terms, piece):
            return 'piece-unknown'
        if piece in self.paid:
            return 'piece-open'
        page = self.pages.get(piece // 256)
        if page is None:
            return 'page-missing'
        place = 32 * (piece % 256)
        hashed = token_hash(bytes.fromhex(self.rid), piece, token)
        fits = len(token) == 32 and hashed == page[place : place + 32]
        return None if fits else 'bad-token'

    def on_payment(self, message):
        if message['k'] < self.k or (message['k'] > self.k and self.failures > 0):
            return
        code = 'bad-payment' if message['k'] > self.k else self.judge_payment(message['body'])
        if code is not None:
            self.retry(code)
        done = [run for run in self.runs if not run['pieces']]
        self.runs = [run for run in self.runs if run['pieces']]
        self.signed, self.failures = self.k, 0
        self.save('signed', k=self.k, payment=message['body'])
        self.debtor.pop('strangers', None)
        for run in done:
            self.save('closed', counter=run['counter'])
        digest = sha256(bytes.fromhex(message['body'])).hex()
        receipt = {**self.parties(), 'k': self.k, 'payment': digest, 'window': self.window}
        signed = self.sign('receipt', {**receipt, 'time': self.now})
        self.send('receipt', rid=self.rid, signed=signed)

    def judge_payment(self, data):
        key = bytes.fromhex(self.peer['publicKey'])
        try:
            body = bytes.fromhex(data)
            payment = read_payment(self.document, body, self.fingerprint, key, self.rid)
            check(payment['seller'] == self.self['uid'], 'wrong-seller')
            fits = (payment['k'], payment['chain']) == (self.k, self.chain.hex())
            check(fits, 'bad-payment')
        except Refused as refused:
            return refused.code
        return None

    def on_resend(self, message):
        owed = self.owed.get(message['piece'])
        self.checked(owed is not None, 'out-of-state')
        if not self.try_again(message['piece']):
            counter = owed['counter']
            self.close_run(counter)
            self.refuse(counter, 'resends-exhausted')

    def close_run(self, counter):
        for piece in [p for p, owed in self.owed.items() if owed['counter'] == counter]:
            self.forgiven[piece] = self.owed.pop(piece)['tries']
        self.runs = [run for run in self.runs if run['counter'] != counter]
        self.parked = [each for each in self.parked if each[0] != counter]
        if self.again is not None and self.again['counter'] == counter:
            self.again = None
        self.save('closed', counter=counter)

    def on_withdrawal(self, message):
        gone = self.opened('withdrawal', message['signed'])
        self.checked(gone['rid'] == self.rid, 'wrong-grant')
        ours = (gone['seller'], gone['buyer']) == (self.self['uid'], self.peer['uid'])
        self.checked(ours, 'wrong-seller')
        counter = gone['counter']
        self.counter = max(self.counter, counter)
        self.close_run(counter)
        released = {**self.parties(), 'counter': counter, 'pieces': gone['pieces']}
        released['time'] = self.now
        self.send('release', rid=self.rid, signed=self.sign('release', released))

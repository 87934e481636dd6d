"""What a buyer keeps, sends and pays (docs/PROTOCOL.md sections 10.1 and 10.3)."""
from crypto import sha256
from scheme import Tokens, chain_next, chain_start, grant_key
from trade import Trade


class Run:
    """An open request."""

    def __init__(self, counter, pieces, request, now=0):
        self.counter, self.pieces, self.request = counter, pieces, request
        self.unpaid, self.todo, self.idle = list(pieces), list(pieces), []
        self.stated, self.heard = False, now

    def forget(self, piece):
        for pieces in (self.unpaid, self.todo, self.idle):
            if piece in pieces:
                pieces.remove(piece)


class Paying(Trade):
    def __init__(self, document, world, given):
        super().__init__(document, world, given)
        rid = bytes.fromhex(self.rid)
        key = grant_key(bytes.fromhex(world['grant']['seed']), rid)
        self.tokens = Tokens(key, rid, self.facts['pieces'])
        self.opening, self.peers = world['grant']['open'], given['peers']
        self.signers = [world['provider']['signing']]
        self.has, books = set(given['has']), given['books']
        self.gone = set(books['paid']) | set(given['paidElsewhere'])
        self.paid, self.chain = [], chain_start(
            self.fingerprint, rid, bytes.fromhex(self.peer['uid'])
        )
        for piece in books['paid']:
            self.advance(piece)
        self.counter = books['counter']
        self.runs = [Run(r['counter'], r['pieces'], r['request']) for r in books['runs']]
        for run in self.runs:
            run.todo = []
        self.withdrawn = [dict(gone) for gone in books['withdrawn']]
        self.phase, self.signed, self.window, self.unsigned_since = 'new', 0, 0, 0
        self.awaiting, self.fetching, self.held, self.pages = {}, [], [], set()
        self.retries, self.rejects, self.receipted, self.junk = 0, 0, 0, {}
        self.again, self.missed, self.claimed = None, {}, set()

    @property
    def k(self):
        return len(self.paid)

    def advance(self, piece):
        self.chain = chain_next(self.chain, piece, self.tokens.hashes[piece])
        self.paid.append(piece)

    def parties(self):
        return {'rid': self.rid, 'buyer': self.self['uid'], 'seller': self.peer['uid']}

    def ours(self, fields):
        return all(fields[key] == value for key, value in self.parties().items())

    # Sending.

    def on_start(self, _):
        self.phase, self.pages = 'opening', set()
        self.send('open', rid=self.rid, scheme='floodgate', k=self.k, counter=self.counter,
                  peers=self.peers, signers=self.signers, opening=self.opening)

    def send_pages(self, pieces):
        for piece in pieces:
            page = piece // 256
            if page not in self.pages and page not in self.claimed:
                self.pages.add(page)
                self.send('page', rid=self.rid, page=page, body=self.tokens.pages[page].hex())

    def send_token(self, k, piece):
        token = self.tokens.tokens[piece].hex()
        self.send('token', rid=self.rid, k=k, piece=piece, token=token)

    def send_payment(self):
        fields = {'k': self.k, 'chain': self.chain.hex()}
        fields.update(rid=self.rid, seller=self.peer['uid'])
        body = self.sign('payment', fields)
        self.signed = self.k
        self.awaiting[self.k] = sha256(bytes.fromhex(body)).hex()
        self.send('payment', rid=self.rid, k=self.k, body=body)

    def pay(self, piece):
        if self.signed == self.k:
            self.unsigned_since = self.now
        self.advance(piece)
        self.gone.add(piece)
        for run in self.runs:
            run.forget(piece)
        if piece in self.held:
            self.held.remove(piece)
        self.save('paid', k=self.k, piece=piece)
        self.send_token(self.k, piece)

    def pay_again(self, after):
        self.send_pages(self.paid[after:])
        for k in range(after + 1, self.k + 1):
            self.send_token(k, self.paid[k - 1])
        self.send_payment()

    def fetch_more(self):
        unsigned = self.k - self.signed
        most = self.facts['n'] + self.facts['b'] - 1
        for run in self.runs:
            for piece in list(run.todo):
                if piece in self.held:
                    self.held.remove(piece)
                else:
                    places = self.window + min(len(self.held), self.k)
                    if len(self.fetching) + len(self.held) >= min(places, most - unsigned):
                        continue
                run.todo.remove(piece)
                self.fetching.append(piece)
                self.do('fetch', piece)

    def withdraw(self, runs, tell=True):
        for run in runs:
            fields = {'counter': run.counter, 'pieces': list(run.unpaid), 'time': self.now}
            signed = self.sign('withdrawal', {**self.parties(), **fields})
            self.withdrawn.append(
                {'counter': run.counter, 'pieces': list(run.unpaid), 'withdrawal': signed}
            )
            self.save('withdrawn', counter=run.counter, withdrawal=signed)
            if tell:
                self.send('withdrawal', rid=self.rid, signed=signed)
            for piece in run.unpaid:
                if piece in self.fetching:
                    self.fetching.remove(piece)
                    self.held.append(piece)
                self.do('free', piece)
        if runs:
            self.rejects = 0
        self.runs = [run for run in self.runs if run not in runs]

"""The buyer (docs/PROTOCOL.md section 10)."""
from crypto import sha256
from lost import Asking
from paying import Paying, Run
from scheme import covered


class Buyer(Asking, Paying):
    def allowed(self):
        nothing = lambda step: None
        own = {name: nothing for name in ('tick', 'stop', 'block', 'reject', 'verified')}
        return {
            'new': {**own, 'start': self.on_start},
            'opening': {**own, 'state': self.on_state, 'refusal': self.on_refusal},
            'open': {
                'want': self.on_want,
                'block': self.on_block,
                'reject': self.on_reject,
                'verified': self.on_verified,
                'tick': self.on_tick,
                'stop': self.on_stop,
                'statement': self.on_statement,
                'receipt': self.on_receipt,
                'release': self.on_release,
                'refusal': self.on_refusal,
                'retry': self.on_retry,
            },
            'refused': {
                **own,
                'start': self.on_start,
                'refusal': self.on_refusal,
                'receipt': self.on_receipt,
                'release': self.on_release,
            },
        }[self.phase]

    # What the engine says.

    def on_want(self, step):
        for run in self.runs:
            resumed = [piece for piece in step['pieces'] if piece in run.idle]
            if resumed:
                run.idle = [piece for piece in run.idle if piece not in resumed]
                run.todo += resumed
                run.heard = self.now
        known = {piece for run in self.runs for piece in run.pieces}
        fresh = [piece for piece in step['pieces'] if piece not in known]
        lost = self.find_lost(fresh)
        payable = lambda piece: covered(self.facts, piece) and piece not in self.gone
        for piece in fresh:
            if piece != lost and not payable(piece):
                self.do('free', piece)
        fresh = [piece for piece in fresh if payable(piece)]
        if lost is not None:
            self.ask_again(lost)
        if fresh:
            self.ask(fresh)
        self.fetch_more()

    def ask(self, pieces):
        self.counter += 1
        fields = {'cid': self.cid, 'counter': self.counter, 'pieces': pieces, 'time': self.now}
        request = self.sign('request', {**self.parties(), **fields})
        self.save('asked', counter=self.counter, pieces=pieces, request=request)
        self.send_pages(pieces)
        self.send('request', rid=self.rid, signed=request)
        self.runs.append(Run(self.counter, pieces, request, self.now))

    def on_block(self, step):
        if self.asks_again(step['piece']):
            self.checked(self.again['stated'], 'statement-missing')
            self.again['heard'] = self.now
            return
        run = next((run for run in self.runs if step['piece'] in run.unpaid), None)
        if run is not None:
            self.checked(run.stated, 'statement-missing')
            run.heard = self.now

    def on_reject(self, step):
        piece = step['piece']
        if self.asks_again(piece):
            self.miss_again()
            return
        if piece not in self.fetching:
            return
        self.fetching.remove(piece)
        for run in self.runs:
            if piece in run.unpaid:
                run.todo.insert(0, piece)
        self.rejects += 1
        if self.rejects > self.limits['TRIES_MAX_COUNT']:
            self.withdraw(list(self.runs))

    def on_verified(self, step):
        piece = step['piece']
        if self.asks_again(piece):
            if not step['good']:
                self.miss_again()
            self.again = None
            return
        if piece not in self.fetching:
            return
        if not step['good']:
            self.on_junk(piece)
            return
        self.fetching.remove(piece)
        self.rejects = 0
        self.pay(piece)
        done = [run for run in self.runs if not run.unpaid]
        for run in done:
            self.save('ended', counter=run.counter)
        self.runs = [run for run in self.runs if run.unpaid]
        unsigned, most = self.k - self.signed, self.facts['n'] + self.facts['b'] - 1
        if done or unsigned >= self.facts['b'] or unsigned + len(self.held) >= most:
            self.send_payment()
        self.fetch_more()

    def on_junk(self, piece):
        self.junk[piece] = self.junk.get(piece, 0) + 1
        many = len(self.junk) >= self.limits['JUNK_PIECES_MAX_COUNT']
        if many or self.junk[piece] > self.limits['TRIES_MAX_COUNT']:
            self.withdraw(list(self.runs))
            self.breach('piece-junk')
        self.send('resend', rid=self.rid, piece=piece)
        self.do('fetch', piece)

    def on_tick(self, _):
        wait = self.limits['REQUEST_TIMEOUT_MS']
        silent = [
            run for run in self.runs
            if len(run.idle) < len(run.unpaid) and self.now - run.heard > wait
        ]
        if self.again is not None and self.now - self.again['heard'] > wait:
            self.miss_again()
        self.withdraw(silent)
        late = self.now - self.unsigned_since > self.limits['RUN_CLOSE_MS']
        if self.k > self.signed and late:
            self.send_payment()
        self.fetch_more()

    def on_stop(self, _):
        if self.k > self.signed:
            self.send_payment()
        self.withdraw(list(self.runs))

    # What the seller says.

    def on_statement(self, message):
        body = self.opened('statement', message['signed'])
        digest = lambda run: sha256(bytes.fromhex(run.request)).hex()
        run = next((run for run in self.runs if digest(run) == body['request']), None)
        again = self.again if run is None else None
        if again is not None and again['digest'] != body['request']:
            again = None
        if run is None and again is None:
            return
        pieces = [again['piece']] if run is None else run.pieces
        hashes = b''.join(self.hash_of(piece) for piece in pieces).hex()
        self.checked(self.ours(body) and body['hashes'] == hashes, 'statement-mismatch')
        if run is None:
            again['stated'], again['heard'] = True, self.now
            return
        run.stated, run.heard = True, self.now

    def on_receipt(self, message):
        body = self.opened('receipt', message['signed'])
        fits = self.ours(body) and self.awaiting.get(body['k']) == body['payment']
        self.checked(fits, 'receipt-mismatch')
        self.awaiting = {k: paid for k, paid in self.awaiting.items() if k > body['k']}
        self.window, self.retries = body['window'], 0
        self.receipted = max(self.receipted, body['k'])
        self.save('receipted', k=body['k'], receipt=message['signed'])
        self.fetch_more()

    def on_release(self, message):
        body = self.opened('release', message['signed'])
        self.checked(self.ours(body), 'wrong-buyer')
        left = [gone for gone in self.withdrawn if gone['counter'] != body['counter']]
        if len(left) < len(self.withdrawn):
            self.withdrawn = left
            self.save('released', counter=body['counter'], release=message['signed'])

    def on_refusal(self, message):
        body = self.opened('refusal', message['signed'])
        known = body['code'] in self.document.faults
        self.checked(self.ours(body) and known, 'malformed')
        if self.again is not None and self.again['counter'] == body['counter']:
            self.give_up_lost()
            return
        self.do('refused', body['code'])
        if body['counter'] == 0:
            self.miss_again(tell=False)
            self.withdraw(list(self.runs), tell=False)
            self.phase = 'refused'
            return
        self.forget_pages(body['code'])
        for run in [run for run in self.runs if run.counter == body['counter']]:
            self.end(run)
        self.runs = [run for run in self.runs if run.counter != body['counter']]

    def end(self, run):
        self.save('ended', counter=run.counter)
        for piece in run.unpaid:
            if piece in self.fetching:
                self.fetching.remove(piece)
                self.held.append(piece)
            self.do('free', piece)

    def on_retry(self, message):
        self.checked(self.receipted <= message['k'] <= self.k, 'state-mismatch')
        self.checked(self.retries < self.limits['TRIES_MAX_COUNT'], 'payments-exhausted')
        self.retries += 1
        self.forget_pages(message['code'])
        self.pay_again(message['k'])

    def forget_pages(self, code):
        if code in ('page-missing', 'page-invalid'):
            self.pages, self.claimed = set(), set()

    # Taking a trade up again (10.8).

    def on_state(self, state):
        if self.books_differ(state):
            self.effects = []
            self.breach('state-mismatch')
        if state['k'] > self.k:
            self.on_start(None)
            return
        self.phase, self.window, self.signed = 'open', state['window'], state['signed']
        self.counter = max(self.counter, state['counter'])
        bits = int.from_bytes(bytes.fromhex(state['pages']), 'little')
        self.claimed = {page for page in range(2048) if bits >> page & 1}
        if state['k'] < self.k:
            self.pay_again(state['k'])
        elif state['signed'] < self.k:
            self.send_payment()
        self.resume(state)
        self.pay_owed(state)
        for gone in self.withdrawn:
            self.send('withdrawal', rid=self.rid, signed=gone['withdrawal'])
        self.fetch_more()

    def books_differ(self, state):
        """Steps 1 to 3; takes over payments that we made and lost."""
        if state['signed'] > state['k']:
            return True
        if state['k'] > self.k:
            shown = state['payments']
            for payment in shown:
                piece = payment['piece']
                fits = covered(self.facts, piece) and piece not in self.gone
                if not fits or self.tokens.tokens[piece].hex() != payment['token']:
                    return True
            if not shown:
                return True
            for payment in shown:
                self.advance(payment['piece'])
                self.gone.add(payment['piece'])
                self.save('paid', k=self.k, piece=payment['piece'])
        if state['k'] > self.k:
            return False
        high = self.limits['COUNTER_MAX']
        return state['counter'] > self.counter and state['counter'] > high

    def resume(self, state):
        kept, self.fetching = [], []
        for run in self.runs:
            run.unpaid = [piece for piece in run.pieces if piece not in self.paid]
            known, lost = run.counter in state['open'], run.counter > state['counter']
            if not run.unpaid or not (known or lost):
                self.end(run)
                continue
            self.send_pages(run.pieces)
            if lost:
                self.send('request', rid=self.rid, signed=run.request)
            run.idle = [piece for piece in run.unpaid if piece not in self.has]
            run.todo, run.stated, run.heard = [], known, self.now
            kept.append(run)
        self.runs = kept
        self.held = [piece for piece in state['owed'] if piece not in self.paid]

    def pay_owed(self, state):
        late = {piece for gone in self.withdrawn for piece in gone['pieces']}
        asked = [piece for run in self.runs for piece in run.unpaid]
        asked += [piece for piece in state['owed'] if piece in late and piece not in asked]
        due = [p for p in asked if p in self.has and p not in self.gone and p not in self.paid]
        if not due:
            return
        self.send_pages(due)
        for piece in due:
            self.pay(piece)
        for run in self.runs:
            if not run.unpaid:
                self.save('ended', counter=run.counter)
        self.runs = [run for run in self.runs if run.unpaid]
        self.send_payment()

"""Lost pieces, both sides (docs/PROTOCOL.md 9.12, 10.10)."""
from crypto import sha256


class Resending:
    """The seller sends again what was paid."""

    def is_lost(self, pieces):
        return len(pieces) == 1 and pieces[0] in self.paid

    def judge_lost(self, counter, piece):
        if counter <= self.counter:
            return 'counter-replayed'
        if self.again is not None:
            return 'too-many-open'
        if piece in self.lacks:
            return 'piece-not-held'
        if self.resent.get(piece, 0) >= self.limits['TRIES_MAX_COUNT']:
            return 'resends-exhausted'
        return None

    def take_lost(self, counter, piece):
        self.again = {'counter': counter, 'piece': piece, 'left': self.size_of(piece)}

    def send_again(self, range_):
        piece, _, length = range_
        if length > self.again['left']:
            self.do('reject', range_)
            return
        if self.again['left'] == self.size_of(piece):
            self.resent[piece] = self.resent.get(piece, 0) + 1
            self.save('resent', piece=piece, tries=self.resent[piece])
        self.again['left'] -= length
        if self.again['left'] == 0:
            self.again = None
        self.do('spare', range_)


class Asking:
    """The buyer asks again for what it paid."""

    def find_lost(self, pieces):
        if self.again is not None or self.withdrawn:
            return None
        lost = (p for p in pieces if p in self.paid and p not in self.has)
        return next(lost, None)

    def ask_again(self, piece):
        self.counter += 1
        fields = {'cid': self.cid, 'counter': self.counter, 'pieces': [piece], 'time': self.now}
        request = self.sign('request', {**self.parties(), **fields})
        self.save('asked', counter=self.counter, pieces=[piece], request=request)
        self.save('ended', counter=self.counter)
        self.send('request', rid=self.rid, signed=request)
        digest = sha256(bytes.fromhex(request)).hex()
        again = {'counter': self.counter, 'piece': piece, 'digest': digest}
        self.again = {**again, 'stated': False, 'heard': self.now}
        self.do('fetch', piece)

    def asks_again(self, piece):
        return self.again is not None and self.again['piece'] == piece

    def miss_again(self, tell=True):
        if self.again is None:
            return
        counter, piece = self.again['counter'], self.again['piece']
        self.again = None
        fields = {'counter': counter, 'pieces': [piece], 'time': self.now}
        withdrawal = self.sign('withdrawal', {**self.parties(), **fields})
        self.withdrawn.append({'counter': counter, 'pieces': [piece], 'withdrawal': withdrawal})
        self.save('withdrawn', counter=counter, withdrawal=withdrawal)
        if tell:
            self.send('withdrawal', rid=self.rid, signed=withdrawal)
        self.missed[piece] = self.missed.get(piece, 0) + 1
        if self.missed[piece] >= self.limits['TRIES_MAX_COUNT']:
            self.do('lost', piece)
        self.do('free', piece)

    def give_up_lost(self):
        piece, self.again = self.again['piece'], None
        self.do('lost', piece)
        self.do('free', piece)

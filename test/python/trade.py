"""What both machines of a trade share: who they are, what they say (docs/PROTOCOL.md section 8)."""
from crypto import open_string, sign_string
from encoding import Refused


class Trade:
    """One grant between two members, seen from one of them."""

    def __init__(self, document, world, given):
        self.document, self.world = document, world
        self.fingerprint = bytes.fromhex(world['provider']['fingerprint'])
        self.self, self.peer = world['members'][given['self']], world['members'][given['peer']]
        self.facts = world['grant']['facts']
        self.rid, self.cid = self.facts['rid'], world['content']['cid']
        info = document.scan(bytes.fromhex(world['content']['torrent']), 10**7)[b'info']
        self.hashes, self.length = info[b'pieces'], info[b'length']
        self.piece_length = info[b'piece length']
        self.effects = []
        self.limits = document.limits

    def hash_of(self, piece):
        return self.hashes[20 * piece : 20 * piece + 20]

    def size_of(self, piece):
        return min(self.piece_length, self.length - piece * self.piece_length)

    def do(self, what, value):
        self.effects.append({what: value})

    def save(self, kind, **what):
        self.do('save', {'kind': kind, **what})

    def send(self, name, **fields):
        number = self.document.type_of[name]
        record = self.document.types[number][1]
        self.do('send', (bytes([number]) + self.document.encode(record, fields)).hex())

    def sign(self, label, fields):
        payload = self.document.encode(self.document.signed[label][0], fields)
        seed = bytes.fromhex(self.self['seed'])
        return sign_string(label, payload, self.fingerprint, seed).hex()

    def open(self, label, data):
        """A string of the other side's."""
        key = bytes.fromhex(self.peer['publicKey'])
        return open_string(self.document, label, bytes.fromhex(data), self.fingerprint, key)

    def breach(self, code):
        self.send('closing', code=code, rid=self.rid)
        self.do('close', code)
        raise Refused(code)

    def checked(self, condition, code):
        if not condition:
            self.breach(code)

    def opened(self, label, data):
        """As open; what is wrong closes the connection."""
        try:
            return self.open(label, data)
        except Refused as refused:
            self.breach(refused.code)

    def step(self, step):
        """The effects of one step, and the code when it was refused."""
        self.effects, code = [], None
        self.now = step.get('now')
        message = None
        if 'message' in step:
            data = bytes.fromhex(step['message'])
            name, record = self.document.types[data[0]]
            assert name == step['on']
            message = self.document.decode(record, data[1:], self.limits['EXTENSION_MAX_BYTES'])
        try:
            handler = self.allowed().get(step['on'])
            if handler is None:
                self.breach('out-of-state')
            handler(message if message is not None else step)
        except Refused as refused:
            code = refused.code
        return self.effects, code


def run(machine, steps):
    """The outcome of a vector: the effects of every step; the last may be refused."""
    effects, code = [], None
    for step in steps:
        done, code = machine.step(step)
        effects.append(done)
    if code is not None:
        raise Refused(code, {'effects': effects})
    return {'effects': effects}

"""Bencode, records and tables of docs/PROTOCOL.md (sections 1, 14, 15).

The record definitions are not repeated here: they are read out of the document itself.
"""
import re


class Refused(Exception):
    """A refusal with its code; `rest` is what else a vector shows of it."""

    def __init__(self, code, rest=None):
        super().__init__(code)
        self.code = code
        self.rest = rest or {}


def check(condition, code):
    if not condition:
        raise Refused(code)


MAX_INT = 2**53 - 1


class Reader:
    """One strict bencoded value (1.2)."""

    def __init__(self, data, depth, values):
        self.data, self.at, self.depth, self.values = data, 0, depth, values

    def count(self):
        self.values -= 1
        check(self.values >= 0, 'too-large')

    def number(self, end):
        start = self.at
        while self.at < len(self.data) and 0x30 <= self.data[self.at] <= 0x39:
            self.at += 1
        digits = self.data[start : self.at]
        check(0 < len(digits) <= 16 and self.data[self.at : self.at + 1] == end, 'malformed')
        check(digits == b'0' or digits[:1] != b'0', 'malformed')
        self.at += 1
        check(int(digits) <= MAX_INT, 'malformed')
        return int(digits)

    def string(self):
        length = self.number(b':')
        check(self.at + length <= len(self.data), 'malformed')
        self.at += length
        return self.data[self.at - length : self.at]

    def value(self, depth):
        self.count()
        kind = self.data[self.at : self.at + 1]
        if kind == b'i':
            self.at += 1
            negative = self.data[self.at : self.at + 1] == b'-'
            self.at += negative
            number = self.number(b'e')
            check(not (negative and number == 0), 'malformed')
            return -number if negative else number
        if kind not in (b'l', b'd'):
            return self.string()
        check(depth < self.depth, 'malformed')
        self.at += 1
        items, last, table = [], None, {}
        while self.data[self.at : self.at + 1] != b'e':
            check(self.at < len(self.data), 'malformed')
            if kind == b'l':
                items.append(self.value(depth + 1))
                continue
            self.count()
            key = self.string()
            check((last is None or last < key) and key != b'__proto__', 'malformed')
            last, table[key] = key, self.value(depth + 1)
        self.count()
        self.at += 1
        return items if kind == b'l' else table


def bencode(value):
    if isinstance(value, int):
        return b'i%de' % value
    if isinstance(value, bytes):
        return b'%d:%s' % (len(value), value)
    if isinstance(value, list):
        return b'l' + b''.join(map(bencode, value)) + b'e'
    return b'd' + b''.join(bencode(k) + bencode(value[k]) for k in sorted(value)) + b'e'


def text_of(data):
    try:
        return data.decode('utf-8', 'strict')
    except UnicodeDecodeError:
        raise Refused('malformed') from None


class Document:
    """What the document defines in a form that a program can read."""

    def __init__(self, path):
        with open(path, encoding='utf-8') as file:
            self.source = file.read()
        self.records = {}
        for block in re.findall(r'```records\n(.*?)```', self.source, re.S):
            self.define(block)
        codes = self.rows(r'^\| `([a-z-]+)` \| (theirs|ours|nobody) \| (\d+) \|')
        self.faults = {code: fault for code, fault, _ in codes}
        self.status = {code: int(status) for code, _, status in codes}
        limits = self.rows(r'^\| `([A-Z_]+)` \| (\d+) \|$')
        self.limits = {name: int(value) for name, value in limits}
        self.signed = {}
        signers = r'(?:provider|member|buyer|seller)'
        labels = r'(`[a-z-]+`(?: `[a-z-]+`)*)'
        for row in self.rows(rf'^\| {labels} \| {signers} \| (.*?) \| (.*?) \|$'):
            self.label_row(*row)
        types = self.rows(r'^\| (\d+) \| `([a-z]+)` \| (?:buyer|seller|either) \| `(\w+)` \|')
        self.types = {int(number): (name, record) for number, name, record in types}
        self.type_of = {name: number for number, (name, _) in self.types.items()}

    def rows(self, pattern):
        return re.findall(pattern, self.source, re.M)

    def label_row(self, labels, payload, limit):
        size = int(limit) if limit.isdigit() else self.limits[limit.strip('`')]
        for label in re.findall(r'`([a-z-]+)`', labels):
            named = re.match(r'`(\w+)`', payload)
            record = named.group(1) if named else label.capitalize() + 'Call'
            self.signed[label] = (record, size)

    def define(self, block):
        name = None
        for line in block.split('\n'):
            if line and not line.startswith(' '):
                name = line.strip()
                self.records[name] = []
            elif line.strip():
                key, kind = line.split(None, 1)
                self.records[name].append((key, kind.strip()))

    def fields(self, name):
        for key, kind in self.records[name]:
            if key == 'include':
                yield from self.fields(kind)
            else:
                yield key.rstrip('?'), kind, key.endswith('?')

    def scan(self, data, max_bytes):
        check(len(data) <= max_bytes, 'too-large')
        depth, values = (self.limits[f'BENCODE_MAX_{what}'] for what in ('DEPTH', 'VALUES_COUNT'))
        reader = Reader(data, depth, values)
        value = reader.value(0)
        check(reader.at == len(data), 'malformed')
        return value

    def decode(self, name, data, max_bytes):
        return self.read(name, self.scan(data, max_bytes))

    def encode(self, name, fields):
        return bencode(self.write(name, fields))

    def read(self, kind, wire):
        """A value of a kind as JSON: bytes in hex, amounts as text."""
        if kind in self.records:
            check(isinstance(wire, dict), 'malformed')
            out = {}
            for key, inner, optional in self.fields(kind):
                if key.encode() in wire:
                    out[key] = self.read(inner, wire[key.encode()])
                else:
                    check(optional, 'malformed')
            return out
        word, arguments = re.match(r'(\w+)(?:\((.*)\))?$', kind).groups()
        if word == 'int':
            low, high = arguments.split('..')
            check(isinstance(wire, int), 'malformed')
            check(int(low) <= wire <= (int(high) if high else MAX_INT), 'malformed')
            return wire
        if word == 'list':
            inner, count = arguments.rsplit(',', 1)
            check(isinstance(wire, list) and len(wire) <= int(count), 'malformed')
            return [self.read(inner, item) for item in wire]
        check(isinstance(wire, bytes), 'malformed')
        return self.read_string(word, arguments, wire)

    def read_string(self, word, arguments, wire):
        exact = {'uid': 16, 'rid': 16, 'cid': 20}.get(word)
        if word == 'bytes':
            exact = int(arguments)
        if exact is not None:
            check(len(wire) == exact, 'malformed')
            return wire.hex()
        if word == 'amount':
            check(re.match(rb'(0|[1-9][0-9]{0,18})\Z', wire) and int(wire) <= 2**62, 'malformed')
            return wire.decode()
        if word == 'indexes':
            check(len(wire) % 4 == 0 and len(wire) <= 4 * int(arguments), 'malformed')
            return [int.from_bytes(wire[i : i + 4], 'big') for i in range(0, len(wire), 4)]
        check(len(wire) <= int(arguments), 'malformed')
        return text_of(wire) if word == 'text' else wire.hex()

    def write(self, kind, value):
        if kind in self.records:
            keys = [(key, inner) for key, inner, _ in self.fields(kind) if key in value]
            return {key.encode(): self.write(inner, value[key]) for key, inner in keys}
        word = kind.split('(')[0]
        if word == 'int':
            return value
        if word == 'list':
            inner = kind[5:-1].rsplit(',', 1)[0]
            return [self.write(inner, item) for item in value]
        if word in ('text', 'amount'):
            return value.encode()
        if word == 'indexes':
            return b''.join(u32(piece) for piece in value)
        return bytes.fromhex(value)


def u32(number):
    return number.to_bytes(4, 'big')

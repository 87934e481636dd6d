"""Pages that do not come from the buyer (docs/PROTOCOL.md 9.5, 9.13)."""
from encoding import Refused, check
from scheme import page_digest


class Fetching:
    """The seller keeps pages, or asks the tracker for them."""

    def page_code(self, page):
        """Keeps a page that fits the signed list; says what is wrong with another."""
        number, body = page['page'], bytes.fromhex(page['body'])
        digest = self.digests[32 * number : 32 * number + 32]
        if digest == b'' or page_digest(body) != digest:
            return 'page-invalid'
        self.pages[number] = body
        return None

    def pages_on_hand(self):
        if self.fetches:
            return 'ff' * (self.limits['PAID_PIECES_MAX_COUNT'] // self.limits['PAGE_HASHES_COUNT'] // 8)
        bits = sum(1 << number for number in self.pages)
        return bits.to_bytes(-(-bits.bit_length() // 8), 'little').hex()

    def on_page(self, message):
        code = self.page_code(message)
        self.checked(code is None, code)

    def park(self, message, counter, pieces, code):
        """Whether the request waits now."""
        behind = bool(self.parked)
        lacks = code == 'page-missing' and (behind or self.fetches)
        if not lacks and not (behind and code is None):
            return False
        self.parked.append((counter, message, pieces))
        if not behind:
            self.do('pages', [piece for piece in pieces if piece // 256 not in self.pages])
        return True

    def waits(self, piece):
        """Whether a block belongs to a request that waits, and to none that is open."""
        is_open = any(piece in run['pieces'] for run in self.runs)
        return not is_open and any(piece in pieces for _, _, pieces in self.parked)

    def answer(self, message, missing):
        """A refusal of one request does not keep the others from their answer."""
        try:
            self.take_request(message, missing)
        except Refused as refused:
            self.late_code = self.late_code or refused.code

    def on_pages(self, given):
        codes = [self.page_code(page) for page in given['pages']]
        wrong = next((code for code in codes if code is not None), 'page-missing')
        waiting, self.parked = self.parked, []
        missing = given.get('code', wrong)
        blocks, self.waiting, self.late_code = self.waiting, [], None
        for _, message, _ in waiting:
            self.answer(message, missing)
            missing = None
        for block in blocks:
            self.on_block(block)
        check(self.late_code is None, self.late_code)

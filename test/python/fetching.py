"""Pages that do not come from the buyer (docs/PROTOCOL.md 9.5, 9.13)."""
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
        self.parked.append((counter, message))
        if not behind:
            self.do('pages', [piece for piece in pieces if piece // 256 not in self.pages])
        return True

    def on_pages(self, given):
        codes = [self.page_code(page) for page in given['pages']]
        wrong = next((code for code in codes if code is not None), 'page-missing')
        waiting, self.parked = self.parked, []
        missing = given.get('code', wrong)
        for _, message in waiting:
            self.take_request(message, missing)
            missing = None

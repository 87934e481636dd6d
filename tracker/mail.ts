/**
 * Letters: payments that buyers leave for sellers that are gone (design D12).
 *
 * Nothing is claimed by one: what it brings the seller takes up and claims itself, and to anybody
 * else it is worth nothing. So a letter is kept as it came. There is one for each grant and seller,
 * and a seller has to have been named to the grant, which bounds how many there are (D5).
 */
import { LETTER_MAX_BYTES, LETTERS_MAX_COUNT } from '../shared/case-limits.js'
import { type Refusal, refuse, refused } from '../shared/errors.js'
import { Letter, MailAnswer, type MailCall } from '../shared/mail.js'
import { decode, encode } from '../shared/wire/record.js'
import type { NewLetter } from './letter-rows.js'
import type { CallContext } from './tracker.js'

/**
 * Keeps letters, forgets those that were taken, and gives those that wait for the caller.
 *
 * Refusals, with which nothing changes: malformed; unknown-grant (none, or another member's);
 * grant-closed (claim-until has passed); unknown-member (nobody that the grant was named).
 */
export async function mail(context: CallContext, call: MailCall): Promise<Uint8Array | Refusal> {
  const { member, nowMs, rows } = context
  const left: NewLetter[] = []
  for (const { letter, seller } of call.letters) {
    const accepted = await accept(context, seller, letter)
    if (refused(accepted)) return accepted
    left.push(accepted)
  }
  for (const letter of left) await rows.letters.put(letter)
  for (const number of call.taken) await rows.letters.take(number, member.id)
  const { after = 0 } = call
  const letters = await rows.letters.to(member.id, nowMs, { after, maxCount: LETTERS_MAX_COUNT })
  const count = await rows.letters.count(member.id, nowMs, after)
  return encode(MailAnswer, {
    letters: letters.map(({ body, cid, from, id }) => ({ number: id, from, cid, letter: body })),
    waiting: count - letters.length,
  })
}

async function accept(
  { member, nowMs, rows }: CallContext,
  uid: MailCall['letters'][number]['seller'],
  body: Uint8Array,
): Promise<NewLetter | Refusal> {
  const letter = decode(Letter, body, LETTER_MAX_BYTES)
  if (refused(letter)) return letter
  if (letter.payments.length === 0) return refuse('malformed', 'a letter pays something')
  const grant = await rows.grants.byRid(letter.rid)
  if (grant === undefined || grant.buyer !== member.id) return refuse('unknown-grant')
  if (grant.closed || nowMs > grant.claimUntil) return refuse('grant-closed')
  const seller = await rows.members.byUid(uid)
  const told = (await rows.grants.named(grant)).some((row) => row.seller === seller?.id)
  const named = seller?.house === true || told
  if (seller === undefined || !named) return refuse('unknown-member')
  return { grant: grant.id, seller: seller.id, body, at: nowMs }
}

/**
 * Answers of the tracker that somebody changed: each is refused by just one check of §4.2.
 */
import { Answer } from '../../shared/api.js'
import { fromText } from '../../shared/bytes.js'
import { signString } from '../../shared/crypto.js'
import { must } from '../../shared/errors.js'
import { decode, encode } from '../../shared/wire/record.js'
import { type Case, caseMaker, flip, hex, type JsonObject } from './vector.js'
import { alice, FOREIGN, named, PROVIDER } from './world.js'

/** The honest answers, each bent in one place. */
export function tamperedAnswers(good: readonly Case[]): Case[] {
  const make = caseMaker('answer', '4.2')
  const of = (name: string) => good.find((one) => one.name === `${name} answered`)?.input ?? {}
  const [renewed, account] = [of('renew'), of('account')]
  const bad = (name: string, refuse: Case['refuse'], from: JsonObject, change: object) =>
    make(`answer: ${name}`, { ...from, ...change }, refuse)
  const bytes = hex(renewed.bytes)
  const payload = bytes.subarray('floodgate/1 answer\n'.length + 32, -64)
  const answer = must(decode(Answer, payload, 1_000_000))
  const signed = (change: object, signer = PROVIDER.signer) => {
    return { bytes: signString('answer', encode(Answer, { ...answer, ...change }), signer) }
  }
  const members = { ...PROVIDER.signer, privateKey: alice.signer.privateKey }
  return [
    bad('to another nonce', 'bad-answer', renewed, { nonce: named('other', 16) }),
    bad('to another call', 'bad-answer', renewed, { call: 'announce' }),
    bad('altered', 'bad-signature', renewed, { bytes: flip(bytes, -70) }),
    bad('signed by a member', 'bad-signature', renewed, signed({}, members)),
    bad('of another provider', 'wrong-provider', renewed, signed({}, FOREIGN.signer)),
    bad('by an unknown signer', 'certificate-invalid', renewed, signed({ signer: named('x') })),
    bad('with an unknown code', 'bad-answer', renewed, signed({ code: 'no-such-code' })),
    bad('with another record', 'malformed', renewed, signed({ body: fromText('de') })),
    bad('without a record', 'malformed', renewed, signed({ body: undefined })),
    bad('sealed to another key', 'seal-broken', account, { replyKey: named('other') }),
    bad('sealed and altered', 'seal-broken', account, { bytes: flip(hex(account.bytes), 50) }),
  ]
}

/**
 * HPKE against the published vector, X25519 and HKDF against their RFCs, and every way to break.
 */
import assert from 'node:assert/strict'
import { createPublicKey, sign, verify } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { concat, fromHex, fromText, toHex } from '../../shared/bytes.js'
import { Refusal } from '../../shared/errors.js'
import { hkdf, open, seal, x25519, x25519PublicKey } from '../../shared/hpke.js'
import {
  ed25519PublicKey,
  isSmallOrder,
  privateKeyFromSeed,
  publicKeyFromRaw,
  rawPublicKey,
  spkiOf,
} from '../../shared/keys.js'

const hex = (digits: string) => fromHex(digits) as Uint8Array
const isBytes = (value: Uint8Array | Refusal): Uint8Array => {
  assert.ok(value instanceof Uint8Array, `refused: ${(value as Refusal).code}`)
  return value
}
const codeOf = (value: Uint8Array | Refusal) => (value instanceof Refusal ? value.code : 'none')

/** CFRG test-vectors.json (published with RFC 9180), mode 0, kem 0x0020, kdf 0x0001, aead 0x0002,
 * sequence number 0. */
const VECTOR = {
  info: hex('4f6465206f6e2061204772656369616e2055726e'),
  skE: hex('179d4b53b6365c45b600c4163b61d95cbc2f4d9e36f1695558dce265ab8bab11'),
  skR: hex('497b4502664cfea5d5af0b39934dac72242a74f8480451e1aee7d6a53320333d'),
  pkR: hex('430f4b9859665145a6b1ba274024487bd66f03a2dd577d7753c68d7d7d00c00c'),
  enc: hex('6c93e09869df3402d7bf231bf540fadd35cd56be14f97178f0954db94b7fc256'),
  aad: hex('436f756e742d30'),
  pt: hex('4265617574792069732074727574682c20747275746820626561757479'),
  ct: hex(
    'e5d84cd531cfb583096e7cfa9641bd3079cf3a91cda813c52deb5f512be9931980a41de125a925cdad859d5b7a',
  ),
}

test('RFC 9180: seal and open give the published bytes', () => {
  const sealed = seal({
    recipientPublicKey: VECTOR.pkR,
    ephemeralPrivateKey: VECTOR.skE,
    info: VECTOR.info,
    aad: VECTOR.aad,
    plaintext: VECTOR.pt,
  })
  assert.equal(toHex(isBytes(sealed)), toHex(concat(VECTOR.enc, VECTOR.ct)))
  const opened = open({
    recipientPrivateKey: VECTOR.skR,
    info: VECTOR.info,
    aad: VECTOR.aad,
    sealed: concat(VECTOR.enc, VECTOR.ct),
  })
  assert.equal(toHex(isBytes(opened)), toHex(VECTOR.pt))
  assert.equal(toHex(x25519PublicKey(VECTOR.skR)), toHex(VECTOR.pkR))
})

test('RFC 7748 §6.1: both sides agree on the published secret', () => {
  const alice = hex('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a')
  const bob = hex('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb')
  const alicePublic = hex('8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a')
  const bobPublic = hex('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f')
  const secret = hex('4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742')
  assert.deepEqual(x25519PublicKey(alice), alicePublic)
  assert.deepEqual(x25519PublicKey(bob), bobPublic)
  assert.deepEqual(x25519(alice, bobPublic), secret)
  assert.deepEqual(x25519(bob, alicePublic), secret)
})

test('RFC 5869 A.1: HKDF-SHA256 gives the published bytes', () => {
  const okm = hkdf(
    hex('000102030405060708090a0b0c'),
    hex('0b'.repeat(22)),
    hex('f0f1f2f3f4f5f6f7f8f9'),
    42,
  )
  assert.equal(
    toHex(okm),
    '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
  )
})

test('a key of small order is a refusal on either side, never an exception', () => {
  const low = ['00', '01'].map((first) => hex(first + '00'.repeat(31)))
  low.push(hex('e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800'))
  low.push(hex('5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157'))
  low.push(
    hex(`ec${'ff'.repeat(30)}7f`),
    hex(`ed${'ff'.repeat(30)}7f`),
    hex(`ee${'ff'.repeat(30)}7f`),
  )
  const empty = new Uint8Array(0)
  for (const key of low) {
    assert.equal(codeOf(x25519(VECTOR.skE, key)), 'weak-key', toHex(key))
    assert.equal(
      codeOf(
        seal({
          recipientPublicKey: key,
          ephemeralPrivateKey: VECTOR.skE,
          info: empty,
          aad: empty,
          plaintext: empty,
        }),
      ),
      'weak-key',
    )
    const sealed = concat(key, new Uint8Array(16))
    const opened = open({ recipientPrivateKey: VECTOR.skR, info: empty, aad: empty, sealed })
    assert.equal(codeOf(opened), 'weak-key')
  }
})

test('what was sealed opens, with the same key, info and aad only', () => {
  const some = fc.uint8Array({ maxLength: 100 })
  const key = fc.uint8Array({ minLength: 32, maxLength: 32 })
  fc.assert(
    fc.property(key, key, some, some, some, (skE, skR, info, aad, plaintext) => {
      const recipientPublicKey = x25519PublicKey(skR)
      const sealed = isBytes(
        seal({ recipientPublicKey, ephemeralPrivateKey: skE, info, aad, plaintext }),
      )
      assert.equal(sealed.length, 32 + plaintext.length + 16)
      const right = { recipientPrivateKey: skR, info, aad, sealed }
      assert.deepEqual(open(right), plaintext)
      const more = concat(info, fromText('x'))
      assert.equal(codeOf(open({ ...right, info: more })), 'seal-broken')
      assert.equal(codeOf(open({ ...right, aad: concat(aad, fromText('x')) })), 'seal-broken')
      const other = Uint8Array.from(skR, (byte) => byte ^ 8)
      assert.equal(codeOf(open({ ...right, recipientPrivateKey: other })), 'seal-broken')
    }),
    { numRuns: 25 },
  )
})

test('every altered byte and every shorter length is refused', () => {
  const sealed = concat(VECTOR.enc, VECTOR.ct)
  const opening = { recipientPrivateKey: VECTOR.skR, info: VECTOR.info, aad: VECTOR.aad }
  for (let at = 0; at < sealed.length; at++) {
    const altered = Uint8Array.from(sealed)
    altered[at] = (altered[at] as number) ^ 1
    assert.equal(codeOf(open({ ...opening, sealed: altered })), 'seal-broken')
    assert.equal(codeOf(open({ ...opening, sealed: sealed.subarray(0, at) })), 'seal-broken')
  }
})

test('RFC 8032 §7.1: a seed gives the published key, and raw forms come back', () => {
  const seed = hex('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60')
  const raw = ed25519PublicKey(seed)
  assert.equal(toHex(raw), 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a')
  assert.deepEqual(rawPublicKey(publicKeyFromRaw(raw)), raw)
  const signature = sign(null, new Uint8Array(0), privateKeyFromSeed(seed))
  assert.match(toHex(signature), /^e5564300c360ac729086e2cc806e828a/)
  const stated = createPublicKey({
    key: Buffer.from(spkiOf(raw)),
    format: 'der',
    type: 'spki',
  })
  assert.ok(verify(null, new Uint8Array(0), stated, signature))
  assert.throws(() => publicKeyFromRaw(raw.subarray(1)), /bug: /)
})

test('Ed25519 keys of small order are known, with either sign', () => {
  const identity = hex(`01${'00'.repeat(31)}`)
  // OpenSSL 3.0 (Node 20) accepts a signature of any message under this key, later ones do not.
  assert.ok(isSmallOrder(identity))
  assert.ok(isSmallOrder(hex(`01${'00'.repeat(30)}80`)))
  assert.ok(isSmallOrder(hex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa')))
  assert.ok(!isSmallOrder(ed25519PublicKey(VECTOR.skE)))
})

/**
 * Lists of revoked certificates, and what a peer makes of a member by them.
 */
import { Revocations } from '../../shared/api.js'
import { readCertificate } from '../../shared/certificate.js'
import { signString } from '../../shared/crypto.js'
import { must } from '../../shared/errors.js'
import { encode } from '../../shared/wire/record.js'
import { type Case, caseMaker, flip, hex } from './vector.js'
import { alice, bob, buyer, FOREIGN, NOW, named, PROVIDER, peers } from './world.js'

const HOUR = 3_600_000
const { root, signing, signer } = PROVIDER
const serialOf = ({ leaf }: { leaf: Uint8Array }) => must(readCertificate(leaf)).serial

function listOf(bent: Partial<Revocations> = {}, by = signer): Uint8Array {
  const serials = [hex(serialOf(bob)), named('an earlier serial', 16)]
  const list = { number: NOW - 5 * HOUR, time: NOW - HOUR, signer: by.certificate, serials }
  return signString('revocations', encode(Revocations, { ...list, ...bent }), by)
}

export function revocationCases(): Case[] {
  const make = caseMaker('revocations', '4.11')
  const ring = { root, signers: [signing], now: NOW }
  const bytes = listOf()
  const given = { bytes, ...ring, serial: serialOf(alice), stranger: 1 }
  const known = { number: NOW - 5 * HOUR, time: NOW - 2 * HOUR }
  const bad = (name: string, refuse: Case['refuse'], change: object) =>
    make(name, { ...given, ...change }, refuse)
  const members = { ...signer, privateKey: buyer.signer.privateKey }
  const old = listOf({ time: NOW - 24 * HOUR - 1 })
  return [
    make('a stranger that is not listed', given),
    make('a list that follows the known one', { ...given, newest: known }),
    make('a list of nobody', { ...given, bytes: listOf({ number: 0, serials: [] }) }),
    make('a list a day old', { ...given, bytes: listOf({ time: NOW - 24 * HOUR }) }),
    make('an older list and a member traded with', { ...given, bytes: old, stranger: 0 }),
    bad('an older list and a stranger', 'revocations-stale', { bytes: old }),
    bad('a member that is listed', 'certificate-revoked', { serial: serialOf(bob) }),
    bad('a member that is listed, traded with, on an old list', 'certificate-revoked', {
      ...{ bytes: old, stranger: 0, serial: serialOf(bob) },
    }),
    bad('a list with a lower number', 'revocations-old', {
      newest: { ...known, number: known.number + 1 },
    }),
    bad('a list of an earlier time', 'revocations-old', { newest: { ...known, time: NOW } }),
    bad('a list altered', 'bad-signature', { bytes: flip(bytes, 100) }),
    bad('a list signed by a member', 'bad-signature', { bytes: listOf({}, members) }),
    bad('a list of another provider', 'wrong-provider', { bytes: listOf({}, FOREIGN.signer) }),
    bad('a list by an unknown signer', 'certificate-invalid', {
      bytes: listOf({ signer: named('x') }),
    }),
    bad('a peer list in the place of a list', 'bad-label', { bytes: peers() }),
    bad('a list without a time', 'malformed', {
      bytes: signString('revocations', withoutTime(), signer),
    }),
  ]
}

/** The record with every key but `time`. */
function withoutTime(): Uint8Array {
  const payload = encode(Revocations, {
    ...{ number: 1, time: 0, signer: signer.certificate, serials: [] },
  })
  return Buffer.from(Buffer.from(payload).toString('latin1').replace('4:timei0e', ''), 'latin1')
}

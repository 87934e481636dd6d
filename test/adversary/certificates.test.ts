/** Members that are none: certificates that nobody issued, that are over, or that are revoked. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { viewWallet } from '../../client/pay/wallet/view.js'
import { concat, equal } from '../../shared/bytes.js'
import { makeCertificate, readCertificate } from '../../shared/certificate.js'
import { sha256 } from '../../shared/crypto.js'
import { must } from '../../shared/errors.js'
import { ed25519PublicKey, privateKeyFromSeed } from '../../shared/keys.js'
import { CERTIFICATE_LIFE_MS, CERTIFICATE_SKEW_MS } from '../../shared/limits.js'
import { doneOf } from '../integration/programs.js'
import { until } from '../until.js'
import { Buyer } from './buyer.js'
import { attacksOn, type Played, type Scene } from './harness.js'
import type { Seller } from './stage.js'

const { row } = attacksOn('certificates')

const random = (bytes: number): Uint8Array => new Uint8Array(randomBytes(bytes))

/** Somebody with the grant of another member, and certificates of its own making. */
class Impostor extends Buyer {
  #issuing: Uint8Array | undefined

  static as(victim: Buyer): Impostor {
    const impostor = new Impostor(victim.stage, victim.sold)
    impostor.uid = victim.uid
    impostor.bought = victim.bought
    impostor.peers = victim.peers
    return impostor
  }

  override get issuing(): Uint8Array {
    return this.#issuing ?? super.issuing
  }

  /** Makes itself a CA of this provider's name, and certifies the victim's uid with its own key. */
  becomeAuthority(rootSeed: Uint8Array, rootKey: Uint8Array): void {
    const nowMs = Date.now()
    const dates = { notBeforeMs: nowMs - 1000, notAfterMs: nowMs + CERTIFICATE_LIFE_MS }
    const root = must(readCertificate(this.stage.tracker.authority.root))
    const seed = random(32)
    this.#issuing = makeCertificate({
      ...{ kind: 'issuing', issuer: { ...root, publicKey: rootKey }, serial: random(16), ...dates },
      ...{ publicKey: ed25519PublicKey(seed), issuerKey: privateKeyFromSeed(rootSeed) },
    })
    this.leaf = makeCertificate({
      ...{ kind: 'member', uid: this.uid, issuer: must(readCertificate(this.#issuing)), ...dates },
      ...{ publicKey: ed25519PublicKey(this.seed), issuerKey: privateKeyFromSeed(seed) },
      serial: random(16),
    })
  }
}

/** Takes a piece, if the seller meets it at all, and goes without paying. */
async function steal(buyer: Buyer, seller: Seller): Promise<Played> {
  const met = await buyer.open(seller).catch(() => undefined)
  if (met === undefined || typeof met.answer !== 'object') return { succeeded: false, lost: 0 }
  buyer.page(met.line, 0)
  const asked = await buyer.ask(met.line, seller.uid, [0])
  const taken = asked === true && (await buyer.take(met.line, 0))
  await met.line.end()
  return { succeeded: taken, lost: taken ? 1 : 0 }
}

/** Bytes with one string in them replaced by another of its length. */
function replaced(bytes: Uint8Array, from: Uint8Array, to: Uint8Array): Uint8Array {
  for (let at = 0; at + from.length <= bytes.length; at++) {
    if (equal(bytes.subarray(at, at + from.length), from)) {
      return concat(bytes.subarray(0, at), to, bytes.subarray(at + from.length))
    }
  }
  throw new Error('no such bytes')
}

const CHECKED = 'certificates are checked up to the pinned root: met by nobody, gets nothing'

async function honest({ stage, sold, dist, name }: Scene) {
  const seller = await stage.seller(dist, name)
  return { seller, victim: await Buyer.of(stage, sold, seller) }
}

row({
  attack: 'forged certificate: that of a member with another key put into it',
  source: '§III.B, D1, RFC 5280 §6',
  outcome: CHECKED,
  defence: {
    file: 'shared/certificate.js',
    from: 'if (!verify(null, body, publicKeyFromRaw(issuer.publicKey), signature)) {',
    to: 'if (false) {',
  },
  atMost: () => 0,
  play: async (scene) => {
    const { seller, victim } = await honest(scene)
    const thief = Impostor.as(victim)
    const [own, theirs] = [victim, thief].map(({ seed }) => ed25519PublicKey(seed))
    if (own === undefined || theirs === undefined) throw new Error('no keys')
    const keyed = replaced(victim.leaf, own, theirs)
    thief.leaf = replaced(keyed, sha256(own).subarray(0, 20), sha256(theirs).subarray(0, 20))
    return steal(thief, seller)
  },
})

/** Whether the issuer of a certificate may issue, and issued it. */
const ISSUED = {
  file: 'shared/certificate.js',
  from: 'const problem = checkIssued(certificate, certificates.at(-1) ?? certificate);',
  to: 'const problem = undefined;',
}

row({
  attack: 'its own CA bit: a member certifies others with the key of its certificate',
  source: '§III.B, D1, RFC 5280 §4.2.1.9',
  outcome: CHECKED,
  defence: ISSUED,
  atMost: () => 0,
  play: async (scene) => {
    const { seller, victim } = await honest(scene)
    const member = await Buyer.of(scene.stage, scene.sold, seller)
    const thief = Impostor.as(victim)
    thief.becomeAuthority(member.seed, ed25519PublicKey(member.seed))
    return steal(thief, seller)
  },
})

row({
  attack: 'certificate of another provider with the same name',
  source: '§III.B, D10',
  outcome: CHECKED,
  defence: ISSUED,
  atMost: () => 0,
  play: async (scene) => {
    const { seller, victim } = await honest(scene)
    const thief = Impostor.as(victim)
    const seed = random(32)
    thief.becomeAuthority(seed, ed25519PublicKey(seed))
    return steal(thief, seller)
  },
})

row({
  attack: 'expired certificate',
  source: '§III.B, D11',
  outcome: 'a certificate ends after seven days, and its connections a day later',
  defence: {
    file: 'shared/certificate.js',
    from: 'if (nowMs > notAfterMs + CERTIFICATE_SKEW_MS) {',
    to: 'if (false) {',
  },
  atMost: () => 0,
  play: async (scene) => {
    const { seller, victim } = await honest(scene)
    const subject = { uid: victim.uid, key: ed25519PublicKey(victim.seed) }
    const issued = Date.now() - CERTIFICATE_LIFE_MS - 2 * CERTIFICATE_SKEW_MS
    const old = scene.stage.tracker.authority.certify(subject, random(16), issued)
    victim.leaf = old.der
    return steal(victim, seller)
  },
})

/** Waits until the seller keeps the list of revoked certificates with this number. */
async function hasHeard({ stage, name }: Scene, number: number): Promise<void> {
  const view = viewWallet(join(stage.home(name), 'wallet.db'))
  if (view === undefined) throw new Error('the seller has no wallet')
  const { fingerprint } = stage.tracker.authority
  const heard = () => view.providers.revocations(fingerprint).number >= number
  await until(`list ${number} at the seller`, heard)
  view.close()
}

row({
  attack: 'revoked certificate',
  source: '§III.E, D11',
  outcome: 'sellers take the signed list with their next announce, and then meet it no more',
  defence: {
    file: 'client/pay/revocations.js',
    from: 'this.#list = list;',
    to: 'this.#list = { ...list, serials: new Set() };',
  },
  atMost: () => 0,
  play: async (scene) => {
    const { seller, victim: cheat } = await honest(scene)
    const { number } = doneOf(await scene.stage.desk('revoke', cheat.uid, '--reason', 'paid twice'))
    await hasHeard(scene, Number(number))
    return steal(cheat, seller)
  },
})

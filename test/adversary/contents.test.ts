/** Paid contents made to look free, cheaper, or another provider's. */
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { makeCertificate, readCertificate } from '../../shared/certificate.js'
import { sha256 } from '../../shared/crypto.js'
import { must } from '../../shared/errors.js'
import { idBytes } from '../../shared/identifier.js'
import { ed25519PublicKey, privateKeyFromSeed } from '../../shared/keys.js'
import { encodeTorrent, parseMetainfo } from '../../shared/metainfo.js'
import { readTerms, signTerms } from '../../shared/terms.js'
import { doneOf } from '../integration/programs.js'
import { Cheat } from './cheat.js'
import { attacksOn, type Scene } from './harness.js'
import { Line } from './line.js'
import { isPiece, type Offered, PIECES } from './stage.js'

const { row } = attacksOn('contents')

const random = (bytes: number): Uint8Array => new Uint8Array(randomBytes(bytes))
let count = 0

/** Writes a torrent of a content with another dictionary beside its info, or with none. */
function written(
  { stage, sold }: Scene,
  floodgate: { terms: Uint8Array; signer: Uint8Array } | undefined,
): string {
  const torrent = readFileSync(sold.torrent)
  // The last entry of the torrents that `publish` writes.
  const infoBytes = torrent.subarray(torrent.indexOf('4:info') + 6, -1)
  const path = join(stage.folder, `other-${++count}.torrent`)
  writeFileSync(path, encodeTorrent({ infoBytes, announce: [], ...(floodgate && { floodgate }) }))
  return path
}

/** An honest member seeds what somebody gave it: the port, or undefined when it does not. */
async function seeded({ stage, dist, name }: Scene, torrent: string) {
  const home = `${name}-guest`
  await stage.register(home)
  const args = ['seed', torrent, '--data', stage.folder, '--host', '127.0.0.1']
  const program = stage.start(home, args, { dist })
  // Both come, or the program ends without.
  const serving = Promise.all([program.until('listening'), program.until('seeding')]).then(
    ([{ port }]) => Number(port),
    () => undefined,
  )
  return { program, port: await serving }
}

/** Takes pieces as an ordinary client does, without a word of payment; how many came. */
async function takePlainly(sold: Offered, port: number): Promise<number> {
  const line = await Line.dial(port, sold.cid)
  line.raw(line.greeting())
  line.frame(15)
  line.frame(2)
  let taken = 0
  // What is choked is refused at once: asked again until the turn comes.
  for (let tries = 0; tries < 100 && taken < PIECES && !line.ended; tries++) {
    const bytes = await line.fetch(taken)
    if (bytes !== undefined && isPiece(sold, taken, bytes)) taken++
    else await wait(100)
  }
  await line.end()
  return taken
}

row({
  attack: 'stripped dictionary: a paid content passed on as a free torrent',
  source: '§V, D10',
  outcome: 'the info hash itself says that it is paid: such a torrent is not opened',
  defence: {
    file: 'shared/terms.js',
    from: 'return metainfo.source?.startsWith(SOURCE_PREFIX) === true;',
    to: 'return false;',
  },
  atMost: () => 0,
  play: async (scene) => {
    const { program, port } = await seeded(scene, written(scene, undefined))
    const lost = port === undefined ? 0 : await takePlainly(scene.sold, port)
    await program.stop()
    return { succeeded: lost === PIECES, lost }
  },
})

/** An announce of an ordinary client: who the tracker names to it (BEP 23). */
async function announced({ stage, sold }: Scene, port: number, left: number): Promise<string> {
  const hash = [...idBytes(sold.cid)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`)
  const id = `-XX0001-${String(port).padStart(12, '0')}`
  const query = `info_hash=${hash.join('')}&peer_id=${id}&port=${port}&left=${left}&compact=1`
  const response = await fetch(`${stage.url}/announce?${query}`)
  return Buffer.from(await response.arrayBuffer()).toString('latin1')
}

row({
  attack: 'magnet link of a paid content: strangers find each other by its info hash',
  source: '§V, BEP 9, D10',
  outcome: 'an announce without a grant is told how to buy, and names nobody',
  defence: { file: 'tracker/listing.js', from: "return 'paid';", to: "return 'free';" },
  honest: 'tracker',
  atMost: () => 0,
  play: async (scene) => {
    await announced(scene, 7001, 0)
    const answer = await announced(scene, 7002, 1)
    return { succeeded: /5:peers[1-9]/.test(answer), lost: 0 }
  },
})

row({
  attack: 'dictionary re-signed by another provider',
  source: '§III.B, D10',
  outcome: 'terms count when a key under the pinned root signed them: not opened',
  defence: {
    file: 'shared/certificate.js',
    from: 'const problem = checkIssued(certificate, certificates.at(-1) ?? certificate);',
    to: 'const problem = undefined;',
  },
  atMost: () => 0,
  play: async (scene) => {
    const { keyring, root } = scene.stage.tracker.authority
    const [rootSeed, seed] = [random(32), random(32)]
    const nowMs = Date.now()
    const signer = makeCertificate({
      ...{ kind: 'signing', serial: random(16), publicKey: ed25519PublicKey(seed) },
      ...{ notBeforeMs: nowMs - 1000, notAfterMs: nowMs + 1_000_000 },
      issuer: { ...must(readCertificate(root)), publicKey: ed25519PublicKey(rootSeed) },
      issuerKey: privateKeyFromSeed(rootSeed),
    })
    const { digest: _, ...terms } = must(readTerms(scene.sold.metainfo, keyring))
    const { fingerprint } = keyring
    const key = { fingerprint, privateKey: privateKeyFromSeed(seed) }
    const forged = signTerms(
      { ...terms, tracker: 'http://127.0.0.1:1', signer: sha256(signer) },
      key,
    )
    const { program, port } = await seeded(scene, written(scene, { terms: forged, signer }))
    await program.stop()
    return { succeeded: port !== undefined, lost: 0 }
  },
})

row({
  attack: 'old price list: a torrent that names a lower price of yesterday',
  source: '§III.A, D10',
  outcome: 'a purchase names the terms that its buyer accepted: others are not charged',
  defence: {
    file: 'tracker/broker.js',
    from: 'if (!sameTerms(terms, call.terms))',
    to: 'if (false)',
  },
  honest: 'tracker',
  atMost: () => 0,
  play: async ({ stage, b }) => {
    const path = join(stage.folder, `dear-${++count}.bin`)
    const torrent = `${path}.torrent`
    writeFileSync(path, random(PIECES * 16_384))
    const publish = async (price: string) => {
      const terms = ['--price', price, '--reward', '0.05', '--b', String(b), '--out', torrent]
      doneOf(await stage.desk('publish', path, '--piece-length', '16384', ...terms))
      const metainfo = must(parseMetainfo(readFileSync(torrent)))
      const { digest } = must(readTerms(metainfo, stage.tracker.authority.keyring))
      return { cid: metainfo.cid, pieces: PIECES, terms: digest, path }
    }
    const old = await publish('1')
    await publish('2')
    // The customer itself is honest: it has read the old torrent and means to pay 1.
    const customer = await new Cheat(stage, 'Customer').join()
    await stage.credit(customer.uid, '2')
    await customer.send('purchase', customer.purchaseCall(old))
    const accounts = await stage.tracker.store.read((rows) => rows.ledger.accounts())
    const own = accounts.find(({ name }) => name === `member:${customer.uid}:spendable`)
    const paid = Number(own?.debits ?? 0n)
    return { succeeded: paid > 0, lost: Math.max(0, paid - 1_000_000) / 50_000 }
  },
})

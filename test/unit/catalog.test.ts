/**
 * Publishing and the catalogue: torrents that a customer accepts, and contents that are refused.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { parseAmount } from '../../shared/amount.js'
import { Catalogue } from '../../shared/api.js'
import { toHex } from '../../shared/bytes.js'
import { must, refused } from '../../shared/errors.js'
import { openProviderString } from '../../shared/keyring.js'
import { API_ANSWER_MAX_BYTES } from '../../shared/limits.js'
import { parseMetainfo } from '../../shared/metainfo.js'
import { readTerms, sourceMark } from '../../shared/terms.js'
import { decode } from '../../shared/wire/record.js'
import { choosePieceLength, type Offer, publish } from '../../tracker/publish.js'
import { World } from './tracker-world.js'

let world: World
before(async () => {
  world = await World.start()
})
after(() => world.close())

const offer = (rest: Partial<Offer> = {}): Offer => ({
  price: must(parseAmount('2')),
  reward: must(parseAmount('0.01')),
  scheme: 'floodgate',
  n: 4,
  b: 8,
  pieceLength: 16384,
  complaint: 2000,
  progress: () => undefined,
  ...rest,
})

async function catalogue(query: string): Promise<Catalogue> {
  const response = await fetch(`${world.url}/fg/v1/catalogue?q=${encodeURIComponent(query)}`)
  const signed = new Uint8Array(await response.arrayBuffer())
  const { keyring } = world.tracker.authority
  const payload = must(openProviderString('catalogue', signed, keyring, API_ANSWER_MAX_BYTES))
  return must(decode(Catalogue, payload, API_ANSWER_MAX_BYTES))
}

test('a folder becomes a private, marked torrent with terms that a customer accepts', async () => {
  const folder = join(world.folder, 'Some Songs')
  mkdirSync(join(folder, 'b'), { recursive: true })
  writeFileSync(join(folder, 'z.txt'), 'z'.repeat(20_000))
  writeFileSync(join(folder, 'b', 'ä.txt'), 'a'.repeat(30_000))
  writeFileSync(join(folder, 'empty'), '')
  symlinkSync('/etc/passwd', join(folder, 'link'))
  const published = must(await publish(world.tracker, folder, offer()))
  assert.deepEqual(published.leftOut, ['link'])
  const response = await fetch(`${world.url}/fg/v1/torrents/${published.cid}`)
  assert.equal(response.headers.get('content-type'), 'application/x-bittorrent')
  const torrent = new Uint8Array(await response.arrayBuffer())
  assert.deepEqual(torrent, published.torrent)
  const metainfo = must(parseMetainfo(torrent))
  const { authority, config } = world.tracker
  assert.equal(metainfo.private, true)
  assert.equal(metainfo.source, sourceMark(authority.fingerprint))
  assert.deepEqual(metainfo.announce, [`${config.url}/announce`])
  assert.deepEqual(
    metainfo.files.map(({ path, length }) => [path.join('/'), length]),
    [
      ['Some Songs/b/ä.txt', 30_000],
      ['Some Songs/empty', 0],
      ['Some Songs/z.txt', 20_000],
    ],
  )
  const stream = Buffer.concat(['b/ä.txt', 'z.txt'].map((name) => readFileSync(join(folder, name))))
  const hash = createHash('sha1').update(stream.subarray(0, 16384)).digest()
  assert.equal(toHex(metainfo.hashes.subarray(0, 20)), hash.toString('hex'))
  const terms = must(readTerms(metainfo, authority.keyring))
  assert.deepEqual([terms.price, terms.reward, terms.complaint], [2_000_000n, 10_000n, 2000])
})

test('a content has the windows and thresholds that publish gave it, or the defaults', async () => {
  const path = join(world.folder, 'Thresholds.bin')
  writeFileSync(path, 'x'.repeat(40_000))
  const termsOf = async (rest: Partial<Offer>) => {
    const { torrent } = must(await publish(world.tracker, path, offer(rest)))
    return must(readTerms(must(parseMetainfo(torrent)), world.tracker.authority.keyring))
  }
  const own = await termsOf({ answer: 3_600_000, marks: 9, share: 50, spend: 1000, claim: 2000 })
  assert.deepEqual([own.answer, own.marks, own.share], [3_600_000, 9, 50])
  assert.deepEqual([own.spend, own.claim], [1000, 2000])
  const usual = await termsOf({})
  assert.deepEqual([usual.answer, usual.marks, usual.share], [72 * 3_600_000, 5, 20])
})

test('publishing the same on the same terms changes nothing, on others the terms', async () => {
  const sold = await world.publish(3)
  const again = must(
    await publish(world.tracker, sold.path, offer({ n: 1, b: 1, complaint: 60_000 })),
  )
  assert.deepEqual([again.again, again.changed], [true, false])
  const dearer = must(
    await publish(world.tracker, sold.path, offer({ price: must(parseAmount('3')) })),
  )
  assert.deepEqual([dearer.again, dearer.changed], [false, true])
  assert.equal(dearer.cid, sold.cid)
  const buyer = await world.member('buyer', '9')
  await assert.rejects(buyer.buy(sold), /terms-changed/)
})

test('terms that come back are those of then, and so are their torrent files', async () => {
  const former = await world.publish(3)
  const { path } = former
  const dearer = { price: must(parseAmount('3')) }
  const [one, other] = await Promise.all([world.offer(path, dearer), world.offer(path, dearer)])
  assert.deepEqual(one?.terms, other?.terms)
  const buyer = await world.member('early buyer', '9')
  await assert.rejects(buyer.buy(former), /terms-changed/)
  world.aheadMs += 60_000
  const back = await world.offer(path)
  assert.deepEqual([back.cid, back.terms], [former.cid, former.terms])
  assert.equal((await buyer.buy(former)).answer.again, 0)
})

test('a grant keeps the terms it was bought on', async () => {
  const sold = await world.publish(3)
  const buyer = await world.member('buyer', '9')
  const first = await buyer.buy(sold)
  must(await publish(world.tracker, sold.path, offer({ reward: must(parseAmount('0.5')) })))
  const again = await buyer.buy(sold)
  assert.equal(again.rid, first.rid)
  assert.equal(again.purse.facts.reward, 10_000n)
})

test('the catalogue is signed, searched without regard to case, and counts sellers', async () => {
  const path = join(world.folder, 'Needle.bin')
  writeFileSync(path, 'x'.repeat(40_000))
  const { cid } = must(await publish(world.tracker, path, offer()))
  await (await world.member('seller')).announce(cid, 7000)
  const { contents, query } = await catalogue('NEEDLE')
  assert.equal(query, 'NEEDLE')
  assert.deepEqual(
    contents.map((each) => [each.cid, each.name, each.size, each.pieces, each.sellers]),
    [[cid, 'Needle.bin', 40_000, 3, 1]],
  )
  assert.deepEqual((await catalogue("%' OR 1=1 --")).contents, [])
})

test('what cannot be sold is refused by its own code and enters no catalogue', async () => {
  const path = join(world.folder, 'refused.bin')
  writeFileSync(path, 'x'.repeat(100_000))
  const hollow = join(world.folder, 'hollow')
  mkdirSync(hollow)
  writeFileSync(join(hollow, 'empty'), '')
  const before = (await catalogue('')).contents.length
  const cases: readonly (readonly [string, string, Partial<Offer>])[] = [
    ['terms-invalid', path, { price: must(parseAmount('0.06')) }],
    ['torrent-invalid', hollow, {}],
    ['not-readable', '/dev/null', {}],
  ]
  for (const [code, what, rest] of cases) {
    const result = await publish(world.tracker, what, offer(rest))
    assert(refused(result), what)
    assert.equal(result.code, code)
  }
  assert.equal((await catalogue('')).contents.length, before)
})

test('an automatic piece length gives a film few pieces and a song enough', () => {
  assert.equal(choosePieceLength(100 * 1024 * 1024), 256 * 1024)
  assert.equal(choosePieceLength(4 * 1024 * 1024), 64 * 1024)
  assert.equal(choosePieceLength(2 ** 40), 64 * 1024 * 1024)
})

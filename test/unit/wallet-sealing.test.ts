/** What opens money lies sealed in the wallet's file: unreadable, and bound to its place. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { BoughtRow } from '../../client/pay/wallet/grants.js'
import { openWallet, type Wallet } from '../../client/pay/wallet/wallet.js'
import type { Cid, Fingerprint, PieceIndex, Rid, Uid } from '../../shared/identifier.js'
import { folder } from '../engine-content.js'
import { openDatabase } from '../open-database.js'

const KEY = new Uint8Array(32).fill(5)
const PROVIDER = '11'.repeat(32) as Fingerprint
const BUYER = 'bb'.repeat(16) as Uid
const RID = 'aa'.repeat(16) as Rid
const [secret, token, other, grants] = [48, 32, 32, 60].map((length) => randomBytes(length)) as [
  ...[Buffer, Buffer, Buffer, Buffer],
]
const bought: BoughtRow = {
  ...{ rid: RID, fingerprint: PROVIDER, cid: 'cc'.repeat(20) as Cid, scheme: 'floodgate' },
  ...{ open: new Uint8Array([1]), secret, peers: new Uint8Array([3]), price: 5n, time: 9 },
}

/** A wallet with a grant, two earned tokens and a claim under way. */
async function fill(path: string): Promise<Wallet> {
  const wallet = openWallet(path, KEY)
  wallet.grants.put(bought)
  const earn = (k: number, bytes: Uint8Array) => {
    const piece = (k + 6) as PieceIndex
    const save = { kind: 'earned', k, piece, token: bytes, trust: k } as const
    return { do: 'save', role: 'seller', rid: RID, peer: BUYER, save } as const
  }
  await wallet.commit(PROVIDER, [earn(1, token), earn(2, other)])
  wallet.claims.begin({ id: new Uint8Array([7]), fingerprint: PROVIDER, grants })
  return wallet
}

test('no file of an open wallet, and no image of it, holds a secret in the clear', async (t) => {
  const home = await folder(t)
  const wallet = await fill(join(home, 'wallet.db'))
  t.after(() => wallet.close())
  const files = readdirSync(home).map((name) => readFileSync(join(home, name)))
  assert.ok(files.some((bytes) => bytes.includes(bought.cid)))
  for (const bytes of [...files, Buffer.from(wallet.image())]) {
    for (const value of [secret, token, other, grants]) assert.equal(bytes.indexOf(value), -1)
  }
  assert.deepEqual(Buffer.from(wallet.grants.all()[0]?.secret ?? []), secret)
  const { paid } = wallet.history(PROVIDER).seller(RID, BUYER)
  assert.deepEqual(
    paid.map(({ token: bytes }) => Buffer.from(bytes)),
    [token, other],
  )
  assert.deepEqual(Buffer.from(wallet.claims.underWay(PROVIDER)[0]?.grants ?? []), grants)
})

test('a wallet under another key is refused, and stays as it is', async (t) => {
  const path = join(await folder(t), 'wallet.db')
  await (await fill(path)).close()
  const before = readFileSync(path)
  assert.throws(() => openWallet(path, new Uint8Array(32)), { code: 'not-readable' })
  assert.deepEqual(readFileSync(path), before)
  await openWallet(path, KEY).close()
})

test('a sealed token that is put in the place of another does not open', async (t) => {
  const path = join(await folder(t), 'wallet.db')
  await (await fill(path)).close()
  const raw = openDatabase(path)
  raw.exec('UPDATE earned SET token = (SELECT token FROM earned WHERE k = 1) WHERE k = 2')
  raw.close()
  const wallet = openWallet(path, KEY)
  t.after(() => wallet.close())
  const history = wallet.history(PROVIDER)
  assert.throws(() => history.seller(RID, BUYER), { code: 'not-readable' })
})

test('a claim that is put under another provider does not open, and so is not sent', async (t) => {
  const path = join(await folder(t), 'wallet.db')
  await (await fill(path)).close()
  const other = '22'.repeat(32) as Fingerprint
  const raw = openDatabase(path)
  raw.prepare('UPDATE claim SET fingerprint = ?').run(other)
  raw.close()
  const wallet = openWallet(path, KEY)
  t.after(() => wallet.close())
  assert.throws(() => wallet.claims.underWay(other), { code: 'not-readable' })
})

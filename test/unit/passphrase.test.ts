/** Secrets under a passphrase, and the identity file that holds them. */
import assert from 'node:assert/strict'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { homeAt } from '../../client/home.js'
import { readIdentity, unsealIdentity, writeIdentity } from '../../client/identity.js'
import { exportHome } from '../../client/moving.js'
import { fromText } from '../../shared/bytes.js'
import { must, Refusal } from '../../shared/errors.js'
import { newPassphrase, openBox, readPassphrase, sealBox } from '../../shared/passphrase.js'
import { folder } from '../engine-content.js'

const KIND = 'floodgate/1 test'
const SECRET = fromText('what nobody else may read')
const PASSPHRASE = must(readPassphrase('correct horse battery'))
/** A user without rights. */
const NOBODY = 65534
const FRESH = new Uint8Array(28).fill(9)
const KEYS = { seed: new Uint8Array(32).fill(1), walletKey: new Uint8Array(32).fill(2) }
const random = (bytes: number) => new Uint8Array(bytes).fill(7)
const box = sealBox(KIND, PASSPHRASE, SECRET, FRESH)

const codeOf = (value: unknown) => (value instanceof Refusal ? value.code : value)
const withByte = (at: number, value: number) => {
  const copy = Uint8Array.from(box)
  copy[at] = value
  return copy
}

test('the passphrase opens the box, in any form of its characters', () => {
  assert.deepEqual(openBox(KIND, PASSPHRASE, box), SECRET)
  const composed = must(newPassphrase('caf\u00e9 caf\u00e9'))
  assert.deepEqual(must(newPassphrase('cafe\u0301 cafe\u0301')), composed)
})

test('another passphrase, kind, parameter or byte is one and the same refusal', () => {
  const other = must(readPassphrase('correct horse batterz'))
  const altered = withByte(box.length - 1, (box.at(-1) as number) ^ 1)
  for (const refusal of [
    openBox(KIND, other, box),
    openBox('floodgate/1 other', PASSPHRASE, box),
    openBox(KIND, PASSPHRASE, withByte(0, 16)),
    openBox(KIND, PASSPHRASE, withByte(5, 1)),
    openBox(KIND, PASSPHRASE, altered),
  ]) {
    assert.equal(codeOf(refusal), 'passphrase-wrong')
  }
  assert.equal(codeOf(openBox(KIND, PASSPHRASE, box.subarray(0, 46))), 'malformed')
})

test('parameters that would cost memory or hours are refused before they are used', () => {
  for (const [at, value] of [
    [0, 255],
    [0, 19],
    [0, 0],
    [1, 255],
    [1, 0],
    [2, 255],
    [2, 0],
  ] as const) {
    assert.equal(codeOf(openBox(KIND, PASSPHRASE, withByte(at, value))), 'too-large')
  }
})

test('parameters that scrypt does not have are refused, not thrown', () => {
  for (const log2N of [16, 17, 20]) {
    const hostile = box.slice()
    hostile.set([log2N, 1, 1])
    assert.equal(codeOf(openBox(KIND, PASSPHRASE, hostile)), 'too-large')
  }
})

test('a passphrase that is empty, short or endless is none', () => {
  assert.equal(codeOf(readPassphrase('')), 'usage')
  assert.equal(codeOf(newPassphrase('seven c')), 'usage')
  assert.equal(codeOf(newPassphrase('x'.repeat(1025))), 'usage')
})

test('an identity is written whole, private, and comes back, sealed or not', async (t) => {
  const home = homeAt(await folder(t))
  assert.equal(readIdentity(home), undefined)
  assert.equal(writeIdentity(home, KEYS, undefined, random), undefined)
  assert.deepEqual(readIdentity(home), { sealed: false, keys: KEYS })
  // What a crash in the middle of a write leaves behind.
  writeFileSync(`${home.identity}.new`, 'floodgate/1 iden')
  assert.deepEqual(readIdentity(home), { sealed: false, keys: KEYS })
  assert.equal(writeIdentity(home, KEYS, PASSPHRASE, random), undefined)
  const file = must(readIdentity(home))
  assert.ok(file?.sealed)
  assert.deepEqual(unsealIdentity(file.box, PASSPHRASE), KEYS)
  assert.equal(readFileSync(home.identity, 'utf8').includes('01'.repeat(32)), false)
  assert.equal(statSync(home.identity).mode & 0o777, 0o600)
  assert.deepEqual(readdirSync(home.folder), ['identity.key'])
})

test('an identity that others can read, or that is none, is refused and stays', async (t) => {
  const home = homeAt(await folder(t))
  writeIdentity(home, KEYS, undefined, random)
  chmodSync(home.identity, 0o640)
  assert.equal(codeOf(readIdentity(home)), 'open-to-others')
  chmodSync(home.identity, 0o600)
  for (const text of ['', 'floodgate/1 identity\n', 'floodgate/1 identity\n00\n', 'x\ny\n']) {
    writeFileSync(home.identity, text)
    assert.equal(codeOf(readIdentity(home)), 'not-readable')
  }
  assert.ok(existsSync(join(home.folder, 'identity.key')))
})

test('an identity that cannot be written leaves the old one and no draft', async (t) => {
  const home = homeAt(await folder(t))
  writeIdentity(home, KEYS, undefined, random)
  const blocked = { ...home, identity: join(home.folder, 'taken') }
  mkdirSync(join(blocked.identity, 'by a folder'), { recursive: true })
  assert.equal(codeOf(writeIdentity(blocked, KEYS, PASSPHRASE, random)), 'not-writable')
  assert.deepEqual(readdirSync(home.folder).sort(), ['identity.key', 'taken'])
  assert.deepEqual(readIdentity(home), { sealed: false, keys: KEYS })
})

test('an export that fails at the last step leaves one home that works, and no file', async (t) => {
  const inside = await folder(t)
  const [home, drop] = [homeAt(join(inside, 'home')), join(inside, 'drop')]
  for (const path of [home.folder, drop]) mkdirSync(path)
  // Files can be put there, but the folder cannot be opened to be synced.
  chmodSync(drop, 0o300)
  const isRoot = process.geteuid?.() === 0
  if (isRoot) {
    for (const path of [inside, home.folder, drop]) chownSync(path, NOBODY, NOBODY)
    process.seteuid?.(NOBODY)
  }
  const path = join(drop, 'home.fg')
  const cargo = { keys: KEYS, wallet: SECRET }
  const exported = exportHome(home, path, cargo, PASSPHRASE, { random, now: () => 0 })
  if (isRoot) process.seteuid?.(0)
  chmodSync(drop, 0o700)
  assert.equal(codeOf(exported), 'not-writable')
  assert.deepEqual(readdirSync(drop), [])
  assert.deepEqual(readdirSync(home.folder), [])
})

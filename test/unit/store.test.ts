/**
 * The database file: durable writes, whole transactions, large integers, and the lock on a home.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { FUNDING } from '../../shared/account.js'
import { AMOUNT_MAX, amount } from '../../shared/amount.js'
import { must, refused } from '../../shared/errors.js'
import type { Uid } from '../../shared/identifier.js'
import { lockHome, openStore } from '../../tracker/store.js'
import { openDatabase } from '../open-database.js'

let folder: string
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'floodgate-store-'))
})
after(() => rmSync(folder, { recursive: true }))

const member = (letter: string) => ({
  uid: letter.repeat(32) as Uid,
  key: new Uint8Array(32).fill(letter.charCodeAt(0)),
  name: letter,
  registered: 0,
})

test('better-sqlite3 falls back to NORMAL in WAL mode; with FULL set it stays', () => {
  const synchronousAfterWrite = (path: string, setFull: boolean): bigint => {
    const database = openDatabase(path)
    database.defaultSafeIntegers(true)
    database.exec('PRAGMA journal_mode = WAL')
    if (setFull) database.exec('PRAGMA synchronous = FULL')
    database.exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)')
    const value = database.prepare('PRAGMA synchronous').pluck().get() as bigint
    database.close()
    return value
  }
  assert.equal(synchronousAfterWrite(join(folder, 'normal.db'), false), 1n)
  assert.equal(synchronousAfterWrite(join(folder, 'full.db'), true), 2n)
})

test('the store writes with FULL, on the first open and on the next', async () => {
  const path = join(folder, 'durable.db')
  for (const letter of ['a', 'b']) {
    const store = must(openStore(path))
    // The store looks at the setting itself after its first write, and throws when it is not FULL.
    await store.write((rows) => rows.members.insert(member(letter)))
    assert.equal((await store.read((rows) => rows.members.all())).length, letter === 'a' ? 1 : 2)
    store.close()
  }
})

test('a transaction that throws leaves nothing, and the next one works', async () => {
  const store = must(openStore(join(folder, 'rollback.db')))
  const work = store.write(async (rows) => {
    await rows.members.insert(member('a'))
    throw new Error('no')
  })
  const next = store.write((rows) => rows.members.insert(member('b')))
  await assert.rejects(work, /no/)
  await next
  const members = await store.read((rows) => rows.members.all())
  assert.deepEqual(
    members.map(({ name }) => name),
    ['b'],
  )
  store.close()
})

test('transactions of one store never mix, however they are started', async () => {
  const store = must(openStore(join(folder, 'queue.db')))
  const steps: string[] = []
  const work = (name: string) =>
    store.write(async () => {
      steps.push(`${name} begins`)
      await new Promise((resolve) => setImmediate(resolve))
      steps.push(`${name} ends`)
    })
  await Promise.all([work('one'), work('two')])
  assert.deepEqual(steps, ['one begins', 'one ends', 'two begins', 'two ends'])
  store.close()
})

test('amounts beyond 2^53 are kept to the last digit', async () => {
  const store = must(openStore(join(folder, 'large.db')))
  const large = amount(AMOUNT_MAX - 1n)
  await store.write(async (rows) => {
    await rows.ledger.addTotals(await rows.ledger.openAccount(FUNDING), large, amount(1n))
  })
  const row = await store.read((rows) => rows.ledger.account(FUNDING))
  assert.deepEqual([row?.debits, row?.credits], [large, 1n])
  store.close()
})

test('two processes write to one database; each waits for the other', async () => {
  const path = join(folder, 'shared.db')
  const one = must(openStore(path))
  const two = must(openStore(path))
  for (const letter of ['a', 'b', 'c', 'd']) {
    const store = letter < 'c' ? one : two
    await store.write((rows) => rows.members.insert(member(letter)))
  }
  assert.equal((await one.read((rows) => rows.members.all())).length, 4)
  one.close()
  two.close()
})

test('what is no database, of another version, or out of reach is refused by name', () => {
  const junk = join(folder, 'junk.db')
  writeFileSync(junk, 'this is not a database, and long enough to be looked at')
  const later = join(folder, 'later.db')
  const database = openDatabase(later)
  database.exec('PRAGMA user_version = 999')
  database.close()
  const missing = join(folder, 'no', 'such', 'folder', 'x.db')
  const codes = [junk, later, missing].map((path) => {
    try {
      const store = openStore(path)
      return refused(store) ? store.code : 'opened'
    } catch (error) {
      return String(error)
    }
  })
  assert.deepEqual(codes.slice(0, 2), ['not-readable', 'not-readable'])
  assert.match(codes[2] as string, /not-writable/)
})

test('a home that another holds is refused, and free again when that one is done', () => {
  const path = join(folder, 'one.lock')
  const unlock = must(lockHome(path))
  const second = lockHome(path)
  assert(refused(second))
  assert.equal(second.code, 'home-in-use')
  unlock()
  must(lockHome(path))()
})

test('a process that is killed leaves no lock behind', async () => {
  const path = join(folder, 'killed.lock')
  const store = fileURLToPath(new URL('../../tracker/store.js', import.meta.url))
  const script = `const { lockHome } = await import(${JSON.stringify(store)})
    lockHome(${JSON.stringify(path)}); console.log('locked'); setInterval(() => {}, 1000)`
  const child: ChildProcess = spawn(process.execPath, ['--input-type=module', '-e', script])
  await once(child.stdout as NodeJS.ReadableStream, 'data')
  assert(refused(lockHome(path)))
  child.kill('SIGKILL')
  await once(child, 'exit')
  must(lockHome(path))()
})

test('nobody else may read the database or its log', async () => {
  const path = join(folder, 'private.db')
  const store = must(openStore(path))
  await store.write((rows) => rows.members.insert(member('e')))
  for (const file of [path, `${path}-wal`]) assert.equal(statSync(file).mode & 0o777, 0o600)
  store.close()
})

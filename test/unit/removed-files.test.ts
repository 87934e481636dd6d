/** Deleting what a content fetched deletes nothing else. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { removeFiles } from '../../client/daemon/files.js'
import { openWallet } from '../../client/pay/wallet/wallet.js'
import { type Content, folder, makeContent, writeContent } from '../engine-content.js'

const PIECE_BYTES = 16_384
const row = ({ metainfo: { cid }, torrent }: Content, at: string) => {
  return { cid, torrent, folder: at, fingerprint: null }
}

test('files of another content, of a person and behind links stay', async (t) => {
  const at = await folder(t)
  const wallet = openWallet(join(at, 'wallet.db'), new Uint8Array(32))
  t.after(() => wallet.close())
  const old = makeContent({ 'a/one': 5, 'a/two': 7, three: 9, four: 4 }, PIECE_BYTES)
  const next = makeContent({ 'a/one': 5, five: 3 }, PIECE_BYTES)
  const shared = join(at, 'shared')
  await writeContent(old, shared)
  await writeContent(next, shared)
  const inside = (...path: string[]) => join(shared, 'content', ...path)
  await writeFile(inside('a', 'note'), 'mine')
  await mkdir(join(at, 'elsewhere'))
  await rename(inside('four'), join(at, 'elsewhere', 'four'))
  await symlink(join(at, 'elsewhere', 'four'), inside('four'))
  // The same folder under another name.
  await symlink(shared, join(at, 'link'))
  wallet.contents.put(row(old, shared))
  wallet.contents.put(row(next, join(at, 'link')))
  const { metainfo } = old
  assert.equal(await removeFiles({ wallet }, { metainfo, folder: shared }), undefined)
  assert.ok(existsSync(inside('a', 'one')), 'the other content has this file, too')
  assert.ok(existsSync(inside('a', 'note')))
  assert.ok(existsSync(join(at, 'elsewhere', 'four')))
  assert.deepEqual([existsSync(inside('a', 'two')), existsSync(inside('three'))], [false, false])
  wallet.contents.drop(metainfo.cid)
  const other = { metainfo: next.metainfo, folder: shared }
  assert.equal(await removeFiles({ wallet }, other), undefined)
  assert.equal(existsSync(inside('a', 'one')), false, 'nobody else has it any more')
})

/** Folders are made with what is missing above them, and what cannot be made ends in an error. */
import assert from 'node:assert/strict'
import { statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeFolder as clientFolder } from '../../client/folders.js'
import { makeFolder as trackerFolder } from '../../tracker/folders.js'
import { folder } from '../engine-content.js'

for (const [program, makeFolder] of [
  ['client', clientFolder],
  ['tracker', trackerFolder],
] as const) {
  test(`${program}: made with its parents and mode, or there already`, async (t) => {
    const path = join(await folder(t), 'a', 'b', 'c')
    makeFolder(path, 0o700)
    makeFolder(path, 0o700)
    assert.equal(statSync(path).mode & 0o777, 0o700)
    assert.equal(statSync(join(path, '..')).mode & 0o777, 0o700)
  })

  test(`${program}: what cannot be made is refused, below /proc too`, async (t) => {
    const base = await folder(t)
    writeFileSync(join(base, 'file'), '')
    symlinkSync(join(base, 'nowhere', 'else'), join(base, 'dangling'))
    for (const [path, code] of [
      ['/proc/none/deeper', 'ENOENT'],
      [join(base, 'file'), 'ENOTDIR'],
      [join(base, 'file', 'below'), 'ENOTDIR'],
      [join(base, 'dangling'), 'ENOENT'],
    ] as const) {
      assert.throws(() => makeFolder(path), { code }, path)
    }
  })
}

/**
 * A program starts with what it needs: its verbs, and the packages behind them, are loaded when
 * they are meant.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { program as floodgate } from '../../client/program.js'
import { loadVerbs } from '../../shared/program.js'
import { program as tracker } from '../../tracker/program.js'
import { PROGRAMS } from './program-help.js'
import { ROOT } from './source.js'

const STATIC = /^(?:import\s+|(?:import|export)\b[^'";=]*?\bfrom\s+)'([^']+)'/gm

/** What is loaded, without asking for more, together with a built file: files and packages. */
function loadedWith(path: string, found = new Set<string>()): Set<string> {
  if (found.has(path)) return found
  found.add(path)
  const text = readFileSync(join(ROOT, path), 'utf8')
  for (const [, name = ''] of text.matchAll(STATIC)) {
    if (name.startsWith('.')) loadedWith(join(dirname(path), name), found)
    else found.add(name)
  }
  return found
}

for (const [name, script] of PROGRAMS) {
  test(`${name} starts without a package and without a verb`, () => {
    const loaded = [...loadedWith(script)]
    assert.ok(loaded.includes('dist/shared/program.js'))
    const packages = loaded.filter((each) => !/^(dist\/|node:)/.test(each))
    assert.deepEqual(packages, [])
    assert.deepEqual(
      loaded.filter((each) => /^dist\/\w+\/verbs\//.test(each)),
      [],
    )
  })
}

test('a screen that attaches loads nothing of what works in a home', () => {
  const loaded = [...loadedWith('dist/client/verbs/tui.js')]
  assert.ok(loaded.includes('dist/client/ui/client.js'))
  const work =
    /^(better-sqlite3|bencode|node-forge.*|bittorrent-protocol)$|\/(engine|trade|daemon)\//
  assert.deepEqual(
    loaded.filter((each) => work.test(each)),
    [],
  )
})

test('what a verb needs is found behind it', () => {
  const loaded = loadedWith('dist/client/verbs/get.js')
  assert.ok(loaded.has('better-sqlite3'))
})

for (const program of [floodgate, tracker]) {
  test(`${program.name} finds each verb under its own name`, async () => {
    const names = (await loadVerbs<never>(program)).map(({ name }) => name)
    assert.deepEqual(names, Object.keys(program.verbs))
  })
}

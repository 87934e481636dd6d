/**
 * The documents say what is there: paths, links, npm scripts, and the programs' own help.
 */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { helpOf, PROGRAMS, verbsOf } from './program-help.js'
import { ROOT } from './source.js'

const DOCUMENTS = [
  'README.md',
  'CHANGELOG.md',
  'docs/DESIGN.md',
  'docs/LOCAL-API.md',
  'docs/OPERATING.md',
  'docs/PROTOCOL.md',
  'docs/SECURITY.md',
  'torrents/README.md',
]

/** Paths of this repository that a text names in backticks. */
function pathsIn(text: string): string[] {
  const path = /`((?:client|shared|tracker|test|torrents|docs|\.ci)\/[\w./-]*)`/g
  return [...text.matchAll(path)].map((match) => match[1] as string)
}

/** Targets of links to files of this repository. */
function linksIn(text: string): string[] {
  const links = [...text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map((match) => match[1] as string)
  return links.filter((link) => !/^https?:/.test(link))
}

/** Names of the npm scripts that a text tells people to run. */
function scriptsIn(text: string): string[] {
  return [...text.matchAll(/npm run ([\w:]+)/g)].map((match) => match[1] as string)
}

const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>
}

for (const document of DOCUMENTS) {
  test(`${document} names files and scripts that exist`, () => {
    const text = readFileSync(join(ROOT, document), 'utf8')
    const lost = [
      ...pathsIn(text).filter((path) => !existsSync(join(ROOT, path))),
      ...linksIn(text).filter((link) => !existsSync(join(ROOT, dirname(document), link))),
      ...scriptsIn(text).filter((name) => scripts[name] === undefined),
    ]
    assert.deepEqual(lost, [])
  })
}

test('a path, a link and a script that are not there are found', () => {
  assert.deepEqual(pathsIn('see `client/absent.ts` and `now`'), ['client/absent.ts'])
  assert.deepEqual(linksIn('[a](docs/ABSENT.md#b) [c](https://x.org)'), ['docs/ABSENT.md'])
  assert.deepEqual(scriptsIn('`npm run absent -- --json`'), ['absent'])
})

for (const [name, script] of PROGRAMS) {
  test(`README.md has the help of ${name} as it is`, async () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
    const own = await helpOf(script)
    assert.ok(readme.includes(`\`\`\`\n${own}\`\`\``), own)
    const verbs = verbsOf(own)
    assert.ok(verbs.length >= 7)
    for (const verb of verbs) {
      const help = await helpOf(script, verb)
      assert.match(help, /\n\nexamples:\n {2}floodgate/, `${name} ${verb} has no example`)
      assert.ok(readme.includes(`\`\`\`\n${help}\`\`\``), `${name} ${verb}\n${help}`)
    }
  })
}

/**
 * The house rules hold in every source file, and each rule is shown to find what it forbids.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { brokenImports, IMPORT_RULES } from './import-rules.js'
import { SAMPLES } from './samples.js'
import { importsOf, ROOT, readSources, type Source } from './source.js'
import { TEXT_RULES } from './text-rules.js'

interface Rule {
  readonly name: string
  readonly offences: (source: Source) => readonly string[]
}

const RULES: readonly Rule[] = [
  ...IMPORT_RULES.map((rule) => ({
    name: rule.name,
    offences: (source: Source) => brokenImports(rule, source),
  })),
  ...TEXT_RULES,
]

/** The samples break rules on purpose and hold them in strings. */
const sources = readSources().filter(({ path }) => path !== 'test/house/samples.ts')

test('the sources are read and their imports are found', () => {
  assert.ok(sources.length > 100)
  const session = sources.find(({ path }) => path === 'client/pay/session.ts')
  assert.ok(session)
  assert.ok(importsOf(session).includes('client/engine/gate.ts'))
  const wrapped = { path: 'a/b.ts', text: "import {\n  x,\n  y,\n} from './c.js'\n" }
  assert.deepEqual(importsOf(wrapped), ['a/c.ts'])
  assert.deepEqual(importsOf({ path: 'a/b.ts', text: "await import('./c.js')" }), ['a/c.ts'])
})

for (const rule of RULES) {
  test(rule.name, () => {
    const found = sources.flatMap((source) =>
      rule.offences(source).map((offence) => `${source.path}: ${offence}`),
    )
    assert.deepEqual(found, [])
    const samples = SAMPLES.filter((sample) => rule.name.startsWith(sample.rule))
    assert.ok(samples.length > 0, 'the rule has a bad sample')
    for (const { source } of samples) {
      assert.ok(rule.offences(source).length > 0, `not found: ${source.path} ${source.text}`)
    }
  })
}

test('every sample belongs to one rule', () => {
  for (const sample of SAMPLES) {
    const rules = RULES.filter((rule) => rule.name.startsWith(sample.rule))
    assert.equal(rules.length, 1, sample.rule)
  }
})

test('dependencies are exact versions', () => {
  const text = readFileSync(join(ROOT, 'package.json'), 'utf8')
  const { dependencies, devDependencies, overrides } = JSON.parse(text)
  const versions = Object.entries({ ...dependencies, ...devDependencies, ...overrides })
  const loose = versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(String(version)))
  assert.deepEqual(loose, [])
})

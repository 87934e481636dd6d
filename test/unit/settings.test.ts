/** Settings files: what is written says what holds, what is read is judged line by line. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { homeAt } from '../../client/home.js'
import { readSettingsOf, SETTINGS, settle, writeSettingsOnce } from '../../client/settings.js'
import { type Verb, visible } from '../../shared/command.js'
import { must, Refusal } from '../../shared/errors.js'
import { formatSettings, readSettings, type Setting, withSettings } from '../../shared/settings.js'
import { SETTINGS as PROVIDER_SETTINGS } from '../../tracker/settings.js'
import { folder } from '../engine-content.js'

const TABLES = { client: SETTINGS, tracker: PROVIDER_SETTINGS }

for (const [program, settings] of Object.entries(TABLES)) {
  test(`${program}: a new file sets nothing, and each line of it is right once uncommented`, () => {
    const text = formatSettings(['A file.'], settings)
    assert.deepEqual(must(readSettings(text, 'config.toml', settings)), new Map())
    assert.ok(text.split('\n').every((line) => line.length <= 100))
    for (const { name } of settings) {
      const line = new RegExp(`^# (${name} = )`, 'm')
      const found = must(readSettings(text.replace(line, '$1'), 'config.toml', settings))
      assert.deepEqual([...found.keys()], [name])
    }
  })
}

const WRONG: readonly (readonly [text: string, line: number, message: RegExp])[] = [
  ['prot = 1', 1, /no setting "prot"; did you mean port\?/],
  ['\n\ncolour = "red"', 3, /no setting "colour"; there are: out, port/],
  ['port = "6881"', 1, /port takes a whole number without quotes, as port = 6881/],
  ['port = 6881.0', 1, /port takes a whole number/],
  ['port = 70000', 1, /port takes a number from 0 to 65535/],
  ['port = 18446744073709551617', 1, /port takes a number from 0 to 65535/],
  ['# well\nup-limit = "fast"', 2, /up-limit: "fast" is not a rate; write for example 8MB/],
  ['up-limit = 8', 1, /up-limit takes a text in quotes, as up-limit = "8MB"/],
  ['up-limit = 8MB', 1, /a setting is a line such as port = 6881/],
  ['peer = "a:1"', 1, /peer takes texts in quotes between \[ and \]/],
  ['peer = ["a:1", "b"]', 1, /peer: "b" is not HOST:PORT/],
  ['host = "here"', 1, /host takes an IP address, not "here"/],
  ['out = ""', 1, /out takes the path of a folder/],
  ['port = 1\nport = 2', 2, /a setting is a line/],
  ['[peers]\nport = 1', 1, /no setting "peers"; did you mean peer\?/],
  ['__proto__ = 1', 1, /a setting is a line|no setting/],
  ['\u001b[2J = 1', 1, /a setting is a line/],
]
for (const [text, line, message] of WRONG) {
  test(`refused: ${JSON.stringify(text)}`, () => {
    const refusal = readSettings(text, '/home/config.toml', SETTINGS)
    assert.ok(refusal instanceof Refusal)
    assert.equal(refusal.code, 'usage')
    assert.match(refusal.message, new RegExp(`^/home/config\\.toml:${line}: `))
    assert.match(refusal.message, message)
    assert.equal(visible(refusal.message), refusal.message)
  })
}

const OUTSIDE: readonly (readonly [text: string, message: RegExp])[] = [
  ['answer-window = "999ms"', /answer-window takes from 1s to 30d/],
  ['answer-window = "31d"', /answer-window takes from 1s to 30d/],
  ['marks = 0', /marks takes a number from 1 to 1000/],
  ['share = 101', /share takes a number from 1 to 100/],
]
for (const [text, message] of OUTSIDE) {
  test(`refused of the provider: ${text}`, () => {
    const refusal = readSettings(text, 'config.toml', PROVIDER_SETTINGS)
    assert.ok(refusal instanceof Refusal)
    assert.match(refusal.message, message)
  })
}

test('the command line comes before the file, and a verb takes only what it has', () => {
  const found = must(readSettings('port = 7000\nhost = "::1"', 'config.toml', SETTINGS))
  const options = { port: {}, out: {} }
  assert.deepEqual(withSettings({ out: 'x' }, found, options), { port: '7000', out: 'x' })
  assert.deepEqual(withSettings({ port: '1', out: undefined }, found, options), { port: '1' })
})

test('texts of every kind come back as they were written', () => {
  const reason = ['Any.']
  const settings: Setting[] = [
    { name: 'name', kind: 'text', sample: '', fallback: '', reason, check: () => undefined },
  ]
  for (const name of ['a "b" \\ c', 'Grüße \u2028', 'tab\tand\u007f', '# no comment']) {
    const found = must(readSettings(formatSettings([], settings, { name }), 'f', settings))
    assert.equal(found.get('name')?.value, name)
  }
})

test('a file is written once, private, and never again', async (t) => {
  const home = homeAt(await folder(t))
  assert.deepEqual(must(readSettingsOf(home)), new Map())
  assert.equal(writeSettingsOnce(home), undefined)
  writeFileSync(home.settings, 'port = 7000\n')
  assert.equal(writeSettingsOnce(home), undefined)
  assert.equal(readFileSync(home.settings, 'utf8'), 'port = 7000\n')
  const verb = { name: 'get', options: { port: {} } } as unknown as Verb<never>
  const values = { home: home.folder }
  assert.deepEqual(settle(values, verb, {}), { ...values, port: '7000' })
  writeFileSync(home.settings, 'port = true\n')
  const refusal = settle(values, verb, {})
  assert.ok(refusal instanceof Refusal)
  assert.equal(refusal.message.split(':')[0], join(home.folder, 'config.toml'))
})

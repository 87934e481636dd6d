/** Every verb of both programs speaks JSON with --json, and ends as the contract says. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { program as floodgate } from '../../client/program.js'
import { CODES } from '../../shared/errors.js'
import { program as tracker } from '../../tracker/program.js'
import { type Ended, Program } from './programs.js'

/** The last line is `done` or `error`, and status and stderr say the same. */
function endsWell(words: string, { events, status, stderr }: Ended): string | undefined {
  const last = events.at(-1)
  if (last?.event === 'done') {
    assert.equal(status, 0, words)
    return undefined
  }
  assert.equal(last?.event, 'error', words)
  const { code, message } = last as { code?: string; message?: string }
  assert.ok(
    CODES.some((known) => known === code),
    `${words}: ${code}`,
  )
  assert.equal(status, code === 'usage' ? 2 : 1, words)
  assert.ok(stderr.endsWith(`: ${message}\n`), `${words}: ${stderr}`)
  return code
}

for (const { name, verbs } of [floodgate, tracker]) {
  const run = (home: string, ...args: readonly string[]): Program =>
    new Program(name as 'floodgate' | 'floodgate-tracker', home, args)
  for (const verb of Object.keys(verbs)) {
    test(`${name} ${verb} --json`, async (t) => {
      const folder = mkdtempSync(join(tmpdir(), 'floodgate-verbs-'))
      t.after(() => rmSync(folder, { recursive: true, force: true }))
      const home = join(folder, 'home')
      const wrong = await run(home, verb, '--no-such-option').ended
      assert.equal(endsWell('--no-such-option', wrong), 'usage')
      const bare = run(home, verb)
      // What goes on for itself says when it is at work, and is asked to stop then.
      const atWork = bare.until('ready').then(() => bare.stop())
      atWork.catch(() => undefined)
      endsWell('nothing else', await bare.ended)
    })
  }
}

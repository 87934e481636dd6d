/** The terminal of a process: one question at a time. */
import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { createTerminal } from '../../client/ui/terminal.js'

/** A terminal, what a person types, and what it wrote. */
function open() {
  const [input, output] = [new PassThrough(), new PassThrough()]
  let written = ''
  output.on('data', (chunk) => {
    written += String(chunk)
  })
  const streams = [input, output, output] as unknown as Parameters<typeof createTerminal>
  return { input, written: () => written, terminal: createTerminal(...streams) }
}

test('a yes answers the question that was asked, and none that waits behind it', async () => {
  const { input, terminal, written } = open()
  const { signal } = new AbortController()
  const first = terminal.ask('Pay 1? ', signal)
  const second = terminal.ask('Pay 9? ', signal)
  input.write('y\n')
  assert.equal(await first, 'y')
  assert.doesNotMatch(written(), /Pay 9/)
  await new Promise(setImmediate)
  assert.match(written(), /Pay 9/)
  input.write('n\n')
  assert.equal(await second, 'n')
})

test('Ctrl-C ends the question and those that wait behind it', async () => {
  const { terminal, written } = open()
  const stop = new AbortController()
  const asked = ['Pay 1? ', 'Pay 9? '].map((text) => terminal.ask(text, stop.signal))
  await new Promise(setImmediate)
  stop.abort()
  assert.deepEqual(await Promise.all(asked), [undefined, undefined])
  assert.doesNotMatch(written(), /Pay 9/)
})

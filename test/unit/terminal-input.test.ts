/** What a terminal sends: keys, mouse, pasted text, in whatever pieces it comes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type TerminalEvent, TerminalInput } from '../../client/ui/terminal-input.js'

const ESC = String.fromCharCode(27)

function words(events: readonly TerminalEvent[]): string[] {
  return events.map((event) => {
    if (event.kind === 'key') return event.key
    if (event.kind === 'paste') return `paste ${event.text}`
    return `${event.what} ${event.row} ${event.column}`
  })
}

function read(text: string): string[] {
  const input = new TerminalInput()
  return words([...input.read(text), ...input.flush()])
}

const SEQUENCES: readonly (readonly [string, readonly string[]])[] = [
  ['aB?', ['a', 'B', '?']],
  ['\r\t \u007f\b', ['enter', 'tab', 'space', 'backspace', 'backspace']],
  ['\u0003\u000c', ['ctrl-c', 'ctrl-l']],
  [`${ESC}[A${ESC}OB${ESC}[1;5C`, ['up', 'down', 'right']],
  [`${ESC}[5~${ESC}[6~${ESC}[3~${ESC}[Z`, ['pageup', 'pagedown', 'delete', 'shift-tab']],
  [`${ESC}OP${ESC}[15~`, ['f1', 'f5']],
  [`${ESC}x`, ['alt-x']],
  [ESC, ['escape']],
  [`${ESC}${ESC}`, ['escape']],
  ['映\u{1f3ac}é', ['映', '\u{1f3ac}', 'é']],
  [`${ESC}[<0;10;5M${ESC}[<0;10;5m`, ['press 4 9']],
  [`${ESC}[<64;1;1M${ESC}[<65;1;1M`, ['wheel-up 0 0', 'wheel-down 0 0']],
  [`${ESC}[<16;3;2M`, ['press 1 2']],
  [`${ESC}[<35;3;2M`, []],
  [`${ESC}[?62;c`, []],
  [`${ESC}[M q!${ESC}[M yyx`, ['x']],
  [`${ESC}[200~y\ry${ESC}[201~n`, ['paste y\ry', 'n']],
]

test('keys, mouse and pasted text are told apart', () => {
  for (const [sent, expected] of SEQUENCES) {
    assert.deepEqual(read(sent), expected, JSON.stringify(sent))
  }
})

test('however the bytes are cut into pieces, the same comes out', () => {
  const sent = SEQUENCES.filter(([text]) => !text.endsWith(ESC)).map(([text]) => text)
  const whole = [...sent.join('')]
  fc.assert(
    fc.property(fc.array(fc.nat(whole.length), { maxLength: 12 }), (cuts) => {
      const input = new TerminalInput()
      const edges = [0, ...cuts.sort((one, other) => one - other), whole.length]
      const events = edges
        .slice(1)
        .flatMap((to, at) => input.read(whole.slice(edges[at], to).join('')))
      assert.deepEqual(words(events), read(whole.join('')))
    }),
  )
})

test('nothing that comes is kept for good, and none of it throws', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
      const input = new TerminalInput()
      input.read(text)
      input.flush()
      assert.ok(!input.waits || text.includes(`${ESC}[200~`))
    }),
  )
})

test('much pasted text in small pieces is read once, and only its beginning kept', () => {
  const input = new TerminalInput()
  const events: TerminalEvent[] = [...input.read(`${ESC}[200~begin `)]
  const piece = 'y'.repeat(4096)
  // 32 MiB, of which reading all from the start each time would make a hundred GiB.
  for (let count = 0; count < 8192; count++) events.push(...input.read(piece))
  events.push(...input.read(`${ESC}[20`), ...input.flush(), ...input.read('1~q'))
  const [pasted, key] = events
  assert.equal(events.length, 2)
  assert.equal(pasted?.kind === 'paste' && pasted.text, `begin ${'y'.repeat(9994)}`)
  assert.deepEqual(key, { kind: 'key', key: 'q' })
})

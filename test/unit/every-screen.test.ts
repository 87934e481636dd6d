/**
 * Every screen of the terminal client with whatever the local API may say: worlds are made from the
 * forms of the API, all texts in them of any kind.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type AnswerOf, LOCAL_CALLS, type LocalCall, Update } from '../../client/local/calls.js'
import type { Kind } from '../../client/local/records.js'
import { stepApp } from '../../client/ui/app.js'
import { type App, currentScreen } from '../../client/ui/app-state.js'
import { appPicture } from '../../client/ui/app-view.js'
import { cellsOf } from '../../client/ui/cells.js'
import { bindingsOf } from '../../client/ui/keys.js'
import { paint } from '../../client/ui/paint.js'
import type { ScreenName } from '../../client/ui/screen.js'
import { SCREENS } from '../../client/ui/screens.js'
import type { Answered } from '../../client/ui/world.js'
import { WorldModel } from '../../client/ui/world-model.js'

const NOW = Date.UTC(2026, 10, 21, 12)
const HEX: Readonly<Record<string, number>> = { cid: 40, uid: 32, fingerprint: 64 }
const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 90 }), fc.string())

/** Values of a kind, from its shape. */
function valuesOf(kind: Kind<unknown>): fc.Arbitrary<unknown> {
  if ('fields' in kind) {
    const fields = kind.fields as Readonly<Record<string, Kind<unknown>>>
    const required = Object.keys(fields).filter((name) => !('optional' in (fields[name] ?? {})))
    const values = Object.entries(fields).map(([name, field]) => [name, valuesOf(field)])
    return fc.record(Object.fromEntries(values), { requiredKeys: required as never[] })
  }
  if ('there' in kind) return valuesOf(kind.there as Kind<unknown>)
  if ('item' in kind) return fc.array(valuesOf(kind.item as Kind<unknown>), { maxLength: 3 })
  const digits = HEX[kind.shape]
  if (digits !== undefined) {
    return fc.constantFrom('0', 'a', 'f').map((digit) => digit.repeat(digits))
  }
  if (kind.shape.includes(' | ')) return fc.constantFrom(...kind.shape.split(' | '))
  const plain: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
    text,
    amount: fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
    'true or false': fc.boolean(),
    'a number': fc.double({ noNaN: true, noDefaultInfinity: true }),
    'a whole number': fc.oneof(fc.nat(3), fc.integer({ min: NOW - 1e6, max: NOW + 1e9 })),
  }
  const values = plain[kind.shape]
  assert.ok(values !== undefined, `no values of ${kind.shape}`)
  return values
}

/** A world that answers every call, with the same each time. */
class Told extends WorldModel {
  readonly #answers: Readonly<Record<string, unknown>>

  constructor(answers: Readonly<Record<string, unknown>>, updates: readonly unknown[]) {
    super(NOW)
    this.link = { state: 'attached', own: false }
    this.#answers = answers
    for (const update of updates) this.apply(update as Update)
  }

  override read<C extends LocalCall>(call: C): Answered<C> {
    return { value: this.#answers[call] as AnswerOf<C> }
  }
}

const answers = fc.record(
  Object.fromEntries(
    Object.entries(LOCAL_CALLS).map(([name, { answer }]) => [
      name,
      valuesOf(answer as Kind<unknown>),
    ]),
  ),
)
const worlds = fc
  .tuple(answers, fc.array(valuesOf(Update as Kind<unknown>), { maxLength: 6 }))
  .map(([known, updates]) => new Told(known, updates))
const keys = fc.oneof(
  fc.constantFrom('enter', 'space', 'escape', 'down', 'right', 'left', 'G', 'pageup', 'y', 'n'),
  fc.constantFrom(...'abcdefmopqrstxyADFJKMSx/+-<>[]'),
)
const sizes = fc.oneof(
  fc.constantFrom({ rows: 24, columns: 80 }, { rows: 40, columns: 120 }, { rows: 10, columns: 40 }),
  fc.record({ rows: fc.integer({ min: 1, max: 60 }), columns: fc.nat(200) }),
)

function clientAt(current: ScreenName): App {
  const bindings = bindingsOf(SCREENS, [])
  return {
    screens: SCREENS,
    current,
    bindings,
    own: [],
    verbs: [],
    waiting: [],
    history: [],
    panes: [],
    runs: 0,
    person: '/home/me',
  }
}

for (const { name } of SCREENS) {
  test(`${name}: whatever comes and whatever is pressed, the picture fits and is text`, () => {
    fc.assert(
      fc.property(worlds, fc.array(keys, { maxLength: 8 }), sizes, (world, pressed, size) => {
        let app = clientAt(name)
        for (const key of ['', ...pressed]) {
          app = stepApp(app, { event: 'key', key }, world, size).app
          world.now += 400
          const { lines } = appPicture(app, world, size)
          assert.equal(lines.length, size.rows)
          for (const line of lines) {
            const painted = paint(line, size.columns)
            assert.ok(cellsOf(painted) <= size.columns)
            assert.doesNotMatch(painted, /[\p{Cc}\p{Bidi_Control}]/u)
          }
        }
      }),
      { numRuns: 40 },
    )
  })
}

test('q and Escape end a search on every screen, and only then leave', () => {
  const [size, world] = [{ rows: 24, columns: 80 }, new WorldModel(NOW)]
  for (const { name } of SCREENS) {
    for (const key of ['q', 'escape']) {
      let app = clientAt(name)
      const press = (pressed: string) => {
        const step = stepApp(app, { event: 'key', key: pressed }, world, size)
        app = step.app
        return step.effects
      }
      for (const typed of ['/', 'x', 'y', 'enter']) press(typed)
      assert.equal(currentScreen(app).searched, 'xy', name)
      assert.deepEqual(press(key), [], `${name}: ${key} ends the search alone`)
      assert.equal(currentScreen(app).searched, '', name)
      assert.deepEqual(press('q'), [{ effect: 'quit' }], name)
    }
  }
})

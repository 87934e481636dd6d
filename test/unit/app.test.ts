/** The terminal client as a whole: keys, dialogs, panes and pictures at every size. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { stepApp } from '../../client/ui/app.js'
import type { App, AppEffect, AppEvent } from '../../client/ui/app-state.js'
import { appPicture } from '../../client/ui/app-view.js'
import { cellsOf } from '../../client/ui/cells.js'
import { bindingsOf, FRAME_KEYS, isKey, SHARED_KEYS } from '../../client/ui/keys.js'
import { logScreen } from '../../client/ui/log-screen.js'
import { paint } from '../../client/ui/paint.js'
import { runTitle } from '../../client/ui/panes.js'
import { opened, type Screen, type Searched, type Size } from '../../client/ui/screen.js'
import { SCREENS } from '../../client/ui/screens.js'
import { WorldModel } from '../../client/ui/world-model.js'
import { refuse } from '../../shared/errors.js'
import { ACCOUNT, worldOf } from '../ui-world.js'

const NOW = Date.UTC(2026, 10, 21, 12)
const SIZE: Size = { rows: 24, columns: 80 }

/** A screen that asks before it sells: what the frame promises a screen is tried with it. */
const till: Screen<Searched & { readonly said: readonly string[] }, 'sell' | 'name'> = {
  name: 'shop',
  title: 'Till',
  keys: [
    { action: 'sell', keys: ['b'], does: 'sell it', short: 'sell' },
    { action: 'name', keys: ['e'], does: 'name it', short: 'name' },
  ],
  start: { said: [], text: '' },
  deep: ({ said }) => said.at(-1) === 'open',
  step: (state, input) => {
    const say = (word: string) => ({ state: { ...state, said: [...state.said, word] } })
    if (input.input === 'said') return say(`${input.tag}: ${input.text}`)
    if (input.input !== 'action') return say(input.input)
    if (input.action === 'sell') {
      const dialog = {
        kind: 'confirm',
        title: 'Sell?',
        lines: [['for 2.00']],
        yes: 'sell',
      } as const
      return { state, effects: [{ effect: 'ask', tag: 'sale', dialog }] }
    }
    if (input.action === 'name') {
      const dialog = { kind: 'text', title: 'Name', lines: [], label: 'name', value: 'x' } as const
      return { state, effects: [{ effect: 'ask', tag: 'name', dialog }] }
    }
    return say(input.at === undefined ? input.action : `${input.action} ${input.at}`)
  },
  picture: (state) => ({
    lines: state.said.map((word) => [word]),
    places: [{ row: 0, from: 0, to: 10, action: 'choose', at: 7, twice: 'open' }],
  }),
}

function world(): WorldModel {
  const made = new WorldModel(NOW)
  made.link = { state: 'attached', own: false }
  return made
}

function client(): App {
  const screens = [opened(till), opened(logScreen)]
  const verbs = [{ name: 'wallet', summary: 'the account', ways: [], actions: [], options: [] }]
  const bindings = bindingsOf(screens, [])
  return {
    screens,
    current: 'shop',
    bindings,
    own: [],
    verbs,
    ...{ waiting: [], history: [], panes: [], runs: 0, person: '/home/me' },
  }
}

/** The client after events, a second apart, and all that it wants done. */
function play(events: readonly (AppEvent | string)[], model = world(), app = client()) {
  const effects: AppEffect[] = []
  for (const each of events) {
    const event = typeof each === 'string' ? ({ event: 'key', key: each } as const) : each
    const step = stepApp(app, event, model, SIZE)
    app = step.app
    effects.push(...step.effects)
    model.now += 1000
  }
  return { app, effects, text: () => textOf(app, model) }
}

function textOf(app: App, model: WorldModel, size = SIZE): string {
  return appPicture(app, model, size)
    .lines.map((line) => paint(line, size.columns))
    .join('\n')
}

test('money moves by a typed y alone: not by Enter, not by a paste, not at once', () => {
  assert.match(play(['b']).text(), /Sell\?[\s\S]*for 2\.00[\s\S]*y {2}sell[\s\S]*n {2}no/)
  assert.match(play(['b', 'enter']).text(), /sale: undefined/)
  assert.match(play(['b', 'escape']).text(), /sale: undefined/)
  assert.match(play(['b', { event: 'paste', text: 'y' }]).text(), /for 2\.00/)
  assert.match(play(['b', 'y']).text(), /sale: yes/)
  const model = world()
  const asked = stepApp(client(), { event: 'key', key: 'b' }, model, SIZE).app
  const atOnce = stepApp(asked, { event: 'key', key: 'y' }, model, SIZE).app
  assert.match(textOf(atOnce, model), /for 2\.00/, 'a y that was typed before it was there')
})

test('a dialog waits while something else is typed', () => {
  const answer = {
    input: 'called',
    call: 'announce',
    request: { cids: [] },
    answer: { refused: [] },
  } as const
  const opening = play(['b', 'escape', '/', 'y'])
  assert.match(opening.text(), /\/y$/)
  const asks: AppEvent = { event: 'called', screen: 'shop', called: answer }
  assert.match(play([asks, 'b'], world(), opening.app).text(), /\/yb$/)
})

test('text is asked for, edited and given back', () => {
  assert.match(play(['e', 'y', 'enter']).text(), /name: xy/)
  assert.match(play(['e', { event: 'paste', text: 'z\n' }, 'enter']).text(), /name: xz/)
})

test('q goes back, detaches on the top; escape never ends the client', () => {
  assert.deepEqual(play(['q']).effects, [{ effect: 'quit' }])
  assert.deepEqual(play(['escape', 'backspace']).effects, [])
  assert.deepEqual(play(['enter', 'q']).effects, [], 'the screen was deep')
  assert.match(play([]).text(), /q detach/)
})

test('numbers and Tab change screens, a click chooses, a second one opens', () => {
  assert.equal(play(['2']).app.current, 'log')
  assert.equal(play(['tab']).app.current, 'log')
  assert.equal(play(['tab', 'tab']).app.current, 'shop')
  assert.equal(play(['shift-tab']).app.current, 'log')
  const click: AppEvent = {
    event: 'mouse',
    mouse: { kind: 'mouse', what: 'press', row: 1, column: 3 },
  }
  assert.match(play([click]).text(), /choose 7/)
  const model = world()
  let app = client()
  for (let time = 0; time < 2; time++) app = stepApp(app, click, model, SIZE).app
  assert.match(textOf(app, model), /choose 7\s+open 7/)
  const tab: AppEvent = {
    event: 'mouse',
    mouse: { kind: 'mouse', what: 'press', row: 0, column: 12 },
  }
  assert.equal(play([tab]).app.current, 'log')
})

test('a verb runs in a pane, asks there, and ends with its code', () => {
  const begun = play([':', ...'wallet', 'enter'])
  assert.deepEqual(begun.effects, [{ effect: 'run', run: 1, words: ['wallet'] }])
  const asked = play(
    [
      { event: 'run', run: 1, line: { line: 'spendable 3.00' } },
      { event: 'run', run: 1, line: { question: { question: 'q1', text: 'sure?' } } },
      'y',
      'enter',
      { event: 'run', run: 1, line: { exit: { code: 0 } } },
    ],
    world(),
    begun.app,
  )
  assert.deepEqual(asked.effects, [{ effect: 'answer', question: 'q1', answer: 'y' }])
  assert.match(asked.text(), /\$ wallet done[\s\S]*spendable 3\.00[\s\S]*sure\? y/)
  assert.deepEqual(play(['ctrl-c'], world(), begun.app).effects, [{ effect: 'stop-run', run: 1 }])
})

test('a command of a screen is headed by the name of its provider', () => {
  const words = ['redeem', '--tracker', ACCOUNT.provider]
  const named = worldOf([{ ...ACCOUNT, name: 'My label' }])
  assert.equal(runTitle(words, named), "redeem --tracker 'My label'")
  assert.equal(runTitle(words, worldOf([])), words.join(' '))
})

test('verbs run beside each other, each in a pane of its own', () => {
  const both = play([':', ...'play', 'enter', ':', ...'wallet', 'enter'])
  assert.deepEqual(both.effects, [
    { effect: 'run', run: 1, words: ['play'] },
    { effect: 'run', run: 2, words: ['wallet'] },
  ])
  assert.match(both.text(), /\$ wallet runs/)
  const told = play(
    [
      { event: 'run', run: 1, line: { line: 'playing film' } },
      { event: 'run', run: 2, line: { line: 'spendable 3.00' } },
      { event: 'run', run: 2, line: { exit: { code: 0 } } },
    ],
    world(),
    both.app,
  )
  assert.match(told.text(), /\$ wallet done\s+spendable 3\.00/)
  const turned = play(['!'], world(), told.app)
  assert.match(turned.text(), /\$ play runs\s+playing film/)
  const stopped = play(['ctrl-c'], world(), turned.app).effects
  assert.deepEqual(stopped, [{ effect: 'stop-run', run: 1 }])
  const line = { question: { question: 'q', text: 'sure?' } }
  const away = play(['q', '!', 'q', { event: 'run', run: 1, line }], world(), both.app)
  assert.match(away.text(), /play asks something: ! answers$/)
  assert.match(play(['!'], world(), away.app).text(), /\$ play runs[\s\S]*sure\?/)
})

test('numbers and the command line lead out of panes and help, not out of an answer', () => {
  const begun = play([':', ...'wallet', 'enter'])
  const moved = play(['2'], world(), begun.app)
  assert.deepEqual([moved.app.front, moved.app.current], [undefined, 'log'])
  assert.equal(play([':'], world(), begun.app).app.front?.front, 'command')
  assert.equal(play(['?', '2']).app.current, 'log')
  const line = { question: { question: 'q1', text: 'how many?' } }
  const asked = play([{ event: 'run', run: 1, line }, '2', 'enter'], world(), begun.app)
  assert.deepEqual(asked.effects, [{ effect: 'answer', question: 'q1', answer: '2' }])
})

test('what a verb asks or how it ends is said while its pane is put away', () => {
  const begun = play([':', ...'wallet', 'enter', 'q'])
  const asked = play(
    [{ event: 'run', run: 1, line: { question: { question: 'q1', text: 'sure?' } } }],
    world(),
    begun.app,
  )
  assert.match(asked.text(), /wallet asks something: ! answers$/)
  assert.match(play(['down'], world(), asked.app).text(), /! asks/)
  assert.match(play(['!'], world(), asked.app).text(), /sure\?/)
  const ended = play([{ event: 'run', run: 1, line: { exit: { code: 0 } } }], world(), begun.app)
  assert.match(ended.text(), /wallet: done$/)
  const failed = { event: 'run', run: 1, line: { exit: { code: 1, message: 'no funds' } } } as const
  assert.match(play([failed], world(), begun.app).text(), /wallet: no funds$/)
})

test('stopping all work is asked, also of a daemon', () => {
  const asked = play(['Q'])
  assert.match(asked.text(), /Stop all work\?/)
  const [effect] = play(['Q', 'y']).effects
  assert.ok(effect?.effect === 'call' && effect.call.call === 'stop')
  assert.deepEqual(play(['enter'], world(), asked.app).effects, [])
})

test('the help names every key that holds, and a process that went away is told', () => {
  const help = play(['?']).text()
  assert.match(help, /Till\n +b +sell it[\s\S]*Lists[\s\S]*↓ j +one row down/)
  const model = world()
  model.link = { state: 'lost', own: false, problem: refuse('no-daemon') }
  assert.match(
    textOf(client(), model),
    /nobody holds this home now; looking for who does: floodgate daemon/,
  )
})

test('no two keys of a screen mean two things, and every key is one', () => {
  for (const { keys, name } of SCREENS) {
    const all = [...keys, ...FRAME_KEYS, ...SHARED_KEYS].flatMap((row) => row.keys)
    const twice = all.filter((key, at) => all.indexOf(key) !== at)
    assert.deepEqual(twice, [], name)
    for (const key of all) assert.ok(isKey(key), `${name}: ${key}`)
    const frames = new Set<string>([...FRAME_KEYS, ...SHARED_KEYS].map(({ action }) => action))
    assert.ok(!keys.some(({ action }) => frames.has(action) || action.startsWith('screen-')), name)
    assert.ok(!keys.some((row) => row.keys.some((key) => /^\d$/.test(key))), name)
  }
})

test('at any size, after any keys, the picture has the rows of the terminal and fits it', () => {
  const key = fc.oneof(
    fc.constantFrom('b', 'e', ':', '/', '?', 'y', 'enter', 'escape', 'tab', 'down', '!', 'G', 'Q'),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
  )
  const size = fc.record({ rows: fc.integer({ min: 1, max: 60 }), columns: fc.nat(200) })
  fc.assert(
    fc.property(
      fc.array(key, { maxLength: 12 }),
      size,
      fc.string({ unit: 'binary' }),
      (keys, room, text) => {
        const model = world()
        model.apply({ log: { number: 1, at: NOW, level: 'warning', text } })
        model.apply({ totals: { ...TOTALS, problems: [{ code: 'internal', message: text }] } })
        let app = client()
        for (const each of keys) app = stepApp(app, { event: 'key', key: each }, model, room).app
        const picture = appPicture(app, model, room)
        assert.equal(picture.lines.length, room.rows)
        for (const line of picture.lines) {
          const painted = paint(line, room.columns)
          assert.ok(cellsOf(painted) <= room.columns)
          assert.doesNotMatch(painted, /\p{Cc}/u)
        }
        if (picture.cursor !== undefined) assert.ok(picture.cursor.row < room.rows)
      },
    ),
  )
})

const TOTALS = {
  ...{ version: '1', pid: 1, started: NOW, port: 6881, downRate: 0, upRate: 0 },
  ...{ transfers: 0, problems: [] },
}

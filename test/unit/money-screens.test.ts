/** The screens of money: what they show, what keys do, and that nothing is ever too wide. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Account, BlacklistRow, CaseRow, HistoryRow } from '../../client/local/rows.js'
import { blacklistScreen } from '../../client/ui/blacklist-screen.js'
import { casesScreen } from '../../client/ui/cases-screen.js'
import {
  type Opened,
  opened,
  type Screen,
  type Searched,
  type Size,
} from '../../client/ui/screen.js'
import { walletScreen } from '../../client/ui/wallet-screen.js'
import { needKey, type World } from '../../client/ui/world.js'
import { refuse } from '../../shared/errors.js'
import type { Fingerprint } from '../../shared/identifier.js'
import {
  ACCOUNT,
  CASE,
  CONTENT,
  ENTRY,
  EVIL,
  faultsOf,
  MEMBER,
  NOW,
  POSTING,
  PROVIDER,
  shownOf,
  worldOf,
} from '../ui-world.js'

const SIZE: Size = { rows: 21, columns: 80 }
const OTHER = 'ef'.repeat(32) as Fingerprint

const history = (provider: Fingerprint, rows: readonly HistoryRow[]) =>
  [needKey('history', { provider, most: 1000 }), { rows }] as const
const blacklist = (rows: readonly BlacklistRow[]) => [needKey('blacklist', {}), { rows }] as const
const cases = (rows: readonly CaseRow[]) => [needKey('cases', {}), { rows }] as const

/** The world of an account with its history. */
function wallet(account: Partial<Account> = {}, rows: readonly HistoryRow[] = [POSTING]): World {
  return worldOf([{ ...ACCOUNT, ...account }], new Map([history(PROVIDER, rows)]))
}

/** A screen after some keys, and the effects of the last one. */
function press<S extends Searched, A extends string>(
  screen: Screen<S, A>,
  world: World,
  ...keys: string[]
) {
  let state: Opened = opened(screen)
  let effects: readonly unknown[] = []
  for (const action of keys) {
    const step = state.step({ input: 'action', action }, world, SIZE)
    state = step.state
    effects = step.effects ?? []
  }
  return { state, effects, shown: shownOf(state.picture(world, SIZE)) }
}

const say = (state: Opened, world: World, tag: string, text?: string) =>
  state.step({ input: 'said', tag, text }, world, SIZE)

test('the wallet shows every figure of an account, and that it adds up', () => {
  const { shown } = press(walletScreen, wallet({ held: 10_000n, withheld: 5_000n }))
  const figures = [
    ...['spendable +8\\.00', 'pending +0\\.11', 'escrow +1\\.76', 'spent +2\\.00'],
    ...['earned +0\\.32', 'unclaimed +0\\.04', 'not signed +0\\.02', 'owed to us +0\\.03'],
    ...['held +0\\.01', 'withheld +0\\.005', 'today +2\\.00', 'a content +no cap'],
  ]
  for (const figure of figures) assert.match(shown, new RegExp(figure), figure)
  assert.match(shown, /✔ your books and the tracker's statement agree to the unit \(14:00 UTC\)/)
  assert.match(shown, /11-21 13:59 bought +sintel\.mp4 +01234567 +-2\.00/)
})

test('what was not compared and what differs is said, never passed over', () => {
  const { asked: _, agrees: __, ...silent } = ACCOUNT
  const away = { code: 'unreachable', message: 'no answer from Provider', advice: 'wait' }
  const world = worldOf([{ ...silent, problem: away }])
  const { shown } = press(walletScreen, world)
  assert.match(shown, /\? not compared yet: no answer from Provider/)
  assert.match(shown, /! no answer from Provider: wait/)
  assert.match(
    press(walletScreen, wallet({ agrees: false })).shown,
    /✘ .* differ: floodgate statem/,
  )
})

test('pending money has its dates, a warning stands above all figures', () => {
  const maturing = [1, 2, 3, 4, 5].map((day) => ({ at: NOW + day * 86_400_000, amount: 10_000n }))
  const warning = 'the account holds 0.10 EUR, and 12 lost pieces may cost 0.12 EUR'
  const { shown } = press(walletScreen, wallet({ maturing, warning }))
  assert.match(shown, /comes free +0\.01 on 11-22 14:00, [\s\S]* 0\.02 by\s+11-26 14:00/)
  assert.match(shown, /! the account holds 0\.10 EUR/)
})

test('accounts are gone through, each with its own money and history', () => {
  const second = { ...ACCOUNT, provider: OTHER, name: 'Second', currency: 'CHF' }
  const answers = new Map([history(PROVIDER, []), history(OTHER, [POSTING])])
  const world = worldOf([ACCOUNT, second], answers)
  assert.match(press(walletScreen, world).shown, /Provider +EUR .*account 1 of 2/)
  const { shown, state } = press(walletScreen, world, 'right')
  assert.match(shown, /Second +CHF .*account 2 of 2/)
  assert.match(shown, /sintel/)
  assert.deepEqual(state.needs(world), [
    { call: 'history', request: { provider: OTHER, most: 1000 }, everyMs: 5000 },
  ])
  assert.match(press(walletScreen, world, 'right', 'right').shown, /account 1 of 2/)
})

test('claims and caps by a key; what is no amount changes nothing', () => {
  const world = wallet({ dayCap: 5_000_000n })
  assert.deepEqual(press(walletScreen, world, 'claim').effects, [
    { effect: 'run', words: ['claim', '--tracker', PROVIDER] },
  ])
  const { effects, shown, state } = press(walletScreen, world, 'capDay')
  assert.match(shown, /today +2\.00 of 5\.00/)
  assert.match(JSON.stringify(effects), /"label":"cap-day \(EUR\)","value":"5\.00"/)
  const said = (text?: string) => say(state, world, 'capDay', text).effects
  assert.deepEqual(said('7.5'), [
    { effect: 'call', call: 'set', request: { name: 'cap-day', value: '7.5' } },
  ])
  assert.deepEqual(said(undefined), [])
  assert.match(JSON.stringify(said('lots')), /"level":"error".*is not an amount/)
  const request = { name: 'cap-day', value: '7.5' }
  const answer = refuse('not-writable', 'config.toml cannot be written')
  const told = state.step({ input: 'called', call: 'set', request, answer }, world, SIZE).effects
  assert.match(JSON.stringify(told), /config\.toml cannot be written/)
})

test('money comes in by a voucher and leaves by a payout, which the verb confirms', () => {
  const world = wallet()
  assert.deepEqual(press(walletScreen, world, 'redeem').effects, [
    { effect: 'run', words: ['redeem', '--tracker', PROVIDER] },
  ])
  const { effects, state } = press(walletScreen, world, 'payout')
  assert.match(JSON.stringify(effects), /You can spend 8\.00 EUR/)
  assert.match(JSON.stringify(say(state, world, 'payout', 'all').effects), /not an amount/)
  const asked = say(state, world, 'payout', '2.5')
  assert.match(
    JSON.stringify(asked.effects),
    /"title":"Payout of 2\.50 EUR".*"tag":"to"|"tag":"to"/,
  )
  assert.deepEqual(say(asked.state, world, 'to', '-- DE02').effects, [
    { effect: 'run', words: ['payout', '2.50', '--to=-- DE02', '--tracker', PROVIDER] },
  ])
  assert.deepEqual(say(asked.state, world, 'to').effects ?? [], [], 'going back pays nothing')
})

test('the history is searched and leads to its content', () => {
  const rows = [POSTING, { ...POSTING, name: 'other.zip', what: 'claimed' as const, amount: 1n }]
  const world = wallet({}, rows)
  const searched = opened(walletScreen).step(
    { input: 'search', text: 'other', done: true },
    world,
    SIZE,
  ).state
  const shown = shownOf(searched.picture(world, SIZE))
  assert.match(shown, /other\.zip.*\+0\.000001/)
  assert.doesNotMatch(shown, /sintel/)
  assert.deepEqual(press(walletScreen, world, 'open').effects, [
    { effect: 'go', screen: 'transfers', cid: CONTENT },
  ])
})

test('the blacklist says who, why, on what evidence and until when; lifting asks first', () => {
  const world = worldOf([ACCOUNT], new Map([blacklist([ENTRY])]))
  const { effects, shown, state } = press(blacklistScreen, world, 'lift')
  for (const text of [
    /0123456789ab +6h00m +3 +2 +a false signature/,
    /evidence +its message "request"/,
  ]) {
    assert.match(shown, text)
  }
  assert.match(
    shown,
    /holds +since 2026-11-21 13:00 UTC, until 2026-11-21 20:00 UTC; it owes us\s+2 pi/,
  )
  assert.match(shown, /why +it showed a signature that is false: a false signature/)
  assert.match(JSON.stringify(effects), /"kind":"confirm"/)
  const tag = `lift ${PROVIDER} ${MEMBER}`
  assert.deepEqual(say(state, world, tag).effects ?? [], [], 'no means no')
  assert.deepEqual(say(state, world, tag, 'yes').effects, [
    { effect: 'run', words: ['blacklist', 'lift', MEMBER, '--tracker', PROVIDER] },
  ])
})

test('a member is put on the blacklist by its uid, with a reason or none', () => {
  const world = worldOf([ACCOUNT], new Map([blacklist([])]))
  const { shown, state } = press(blacklistScreen, world, 'add')
  assert.match(shown, /Nobody is on the blacklist/)
  assert.match(JSON.stringify(say(state, world, 'uid', 'nobody').effects), /32 hex digits/)
  const next = say(state, world, 'uid', MEMBER).state
  const words = (reason: string) => say(next, world, 'reason', reason).effects
  const added = ['blacklist', 'add', MEMBER]
  assert.deepEqual(words(''), [{ effect: 'run', words: added }])
  assert.deepEqual(words('-x'), [{ effect: 'run', words: [...added, '--reason=-x'] }])
  assert.deepEqual(say(next, world, 'reason').effects ?? [], [])
})

test('a complaint against us stands out and is answered in two questions', () => {
  const world = worldOf([ACCOUNT], new Map([cases([CASE])]))
  const { effects, shown, state } = press(casesScreen, world, 'answer')
  assert.match(shown, /! +7 unpaid, by us +open +1d0h +0\.03 +sintel\.mp4/)
  assert.match(shown, /asked +answer before 2026-11-22/)
  assert.match(JSON.stringify(effects), /"words":\["shown","receipt","payment","denial"\]/)
  const next = say(state, world, `with ${PROVIDER} 7`, 'denial')
  assert.match(JSON.stringify(next.effects), /"tag":"reason"/)
  const words = ['cases', 'answer', '7', '--tracker', PROVIDER, '--with', 'denial']
  assert.deepEqual(say(next.state, world, 'reason', 'nothing came').effects, [
    { effect: 'run', words: [...words, '--reason=nothing came'] },
  ])
  const best = say(state, world, `with ${PROVIDER} 7`, 'shown').state
  assert.deepEqual(say(best, world, 'reason', '').effects, [
    { effect: 'run', words: words.slice(0, 5) },
  ])
})

test('a case that asks nothing is not answered; Enter shows it, t its content', () => {
  const { asked: _, ...row } = { ...CASE, state: 'settled' }
  const world = worldOf([ACCOUNT], new Map([cases([row])]))
  assert.match(JSON.stringify(press(casesScreen, world, 'answer').effects), /asks nothing of you/)
  assert.deepEqual(press(casesScreen, world, 'open').effects, [
    { effect: 'run', words: ['cases', 'show', '7', '--tracker', PROVIDER] },
  ])
  assert.deepEqual(press(casesScreen, world, 'goto').effects, [
    { effect: 'go', screen: 'transfers', cid: CONTENT },
  ])
  assert.doesNotMatch(press(casesScreen, world).shown, /1d0h/, 'nothing runs any more')
})

/** Worlds of every size and any text: from nothing to more than fits. */
function worlds(): World[] {
  const made = EVIL.flatMap((text) =>
    [0, 1, 40].map((count) => {
      const each = <T>(make: (at: number) => T) =>
        Array.from({ length: count }, (_, at) => make(at))
      const account: Account = {
        ...{ ...ACCOUNT, name: text, currency: text, url: text, warning: text },
        ...{ problem: { code: text, message: text, advice: text }, agrees: text === '' },
        ...{ spendable: 10n ** 24n, held: 1n, dayCap: 10n ** 20n, downloadCap: 0n },
        maturing: each((at) => ({ at: NOW + at, amount: 10n ** 20n })),
      }
      const posting = { ...POSTING, name: text, amount: -(10n ** 24n), pieces: 65_536 }
      const answers = new Map<string, unknown>([
        history(
          PROVIDER,
          each((at) => ({ ...posting, spendable: NOW + at })),
        ),
        blacklist(each(() => ({ ...ENTRY, why: text, code: text, evidence: text, owed: 10 ** 9 }))),
        cases(
          each(() => ({ ...CASE, name: text, kind: text, state: text, line: text, reason: text })),
        ),
      ])
      return worldOf(count === 0 ? [] : [account], answers)
    }),
  )
  return [...made, worldOf([ACCOUNT])]
}

test('whatever the text and the terminal, no line is too wide and none too many', () => {
  const sizes = [1, 2, 3, 5, 7, 13, 21, 37, 57].flatMap((rows) =>
    [1, 8, 20, 40, 79, 80, 120, 200].map((columns) => ({ rows, columns })),
  )
  const screens = [opened(walletScreen), opened(blacklistScreen), opened(casesScreen)]
  for (const world of worlds()) {
    for (const size of sizes) {
      for (const screen of screens) {
        const moved = ['down', 'pagedown', 'last'].reduce<Opened>(
          (state, action) => state.step({ input: 'action', action }, world, size).state,
          screen,
        )
        for (const state of [screen, moved]) {
          const faults = faultsOf(state.picture(world, size), size)
          assert.deepEqual(faults, [], `${screen.name} ${size.columns}x${size.rows}`)
        }
      }
    }
  }
})

test('a thousand rows cost no more lines than the screen has', () => {
  const rows = Array.from({ length: 1000 }, (_, at) => ({ ...POSTING, amount: BigInt(at) }))
  const world = wallet({}, rows)
  const { shown, state } = press(walletScreen, world, 'last')
  assert.match(shown, /\+0\.000999/)
  const picture = state.picture(world, SIZE)
  assert.equal(picture.lines.length <= SIZE.rows, true)
  assert.equal(picture.note, '1000 of 1000')
})

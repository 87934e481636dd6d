/** When earn works: its time table, its month of traffic, and its place behind other traffic. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Background, RATE_MIN, TARGET_MS } from '../../client/earn/background.js'
import { type Hours, isOpen, nextOpening, openPart, parseHours } from '../../client/earn/hours.js'
import { AHEAD_BYTES, daysLeft, monthOf, Traffic } from '../../client/earn/traffic.js'
import { refused } from '../../shared/errors.js'

const [SUN, MON, FRI, SAT] = [0, 1, 5, 6]

function table(text: string): Hours {
  const hours = parseHours(text)
  assert.ok(!refused(hours), text)
  return hours
}

function openAt(text: string, day: number, clock: string): boolean {
  const [hour = 0, minute = 0] = clock.split(':').map(Number)
  return isOpen(table(text), { day, minute: hour * 60 + minute })
}

test('a table opens to the minute, and a span over midnight is that of its first day', () => {
  const text = 'mon-fri 22-7, sat 10:30-12'
  const cases: [number, string, boolean][] = [
    [MON, '6:59', false],
    [MON, '21:59', false],
    [MON, '22:00', true],
    [FRI, '6:59', true],
    [FRI, '7:00', false],
    [SAT, '6:59', true],
    [SAT, '10:29', false],
    [SAT, '10:30', true],
    [SAT, '12:00', false],
    [SUN, '3:00', false],
  ]
  for (const [day, clock, open] of cases)
    assert.equal(openAt(text, day, clock), open, `${day} ${clock}`)
})

test('days may go round the week, and a day alone is open from midnight to midnight', () => {
  assert.equal(openAt('sat-mon', SUN, '12:00'), true)
  assert.equal(openAt('sat-mon', FRI, '23:59'), false)
  assert.equal(openAt('0-24', FRI, '23:59'), true)
  assert.equal(openPart(table('0-12')), 0.5)
  assert.equal(openPart(table('sat-sun')), 2 / 7)
})

test('says when it opens next', () => {
  assert.equal(nextOpening(table('fri 22-7'), { day: MON, minute: 0 }), 'fri 22:00')
})

test('what is no table is refused with an example', () => {
  for (const text of [
    '',
    'mon-',
    '25-3',
    '22',
    'monday 1-2',
    '1-2-3',
    '1:60-2',
    'mon 1-2 3',
    '24-2',
  ]) {
    const hours = parseHours(text)
    assert.ok(refused(hours), text)
    assert.match(hours.message, /no time table; write for example/)
  }
})

test('traffic is booked ahead: a crash counts too much, never too little', () => {
  const start = Date.UTC(2026, 10, 30, 23)
  const books = new Map<string, number>()
  const book = (month: string, bytes: number): void => {
    books.set(month, bytes)
  }
  const traffic = new Traffic(monthOf(start), 0, book)
  traffic.moved(1000, start)
  assert.equal(traffic.bytes, 1000)
  assert.equal(books.get('2026-11'), 1000 + AHEAD_BYTES)
  traffic.moved(AHEAD_BYTES, start)
  assert.equal(books.get('2026-11'), 1000 + AHEAD_BYTES, 'not written for each block')
  const crashed = new Traffic('2026-11', books.get('2026-11') as number, book)
  assert.ok(crashed.bytes >= traffic.bytes)
  traffic.moved(5, start + 3_600_000)
  assert.equal(traffic.bytes, 5, 'a new month')
  assert.equal(books.get('2026-11'), 1000 + AHEAD_BYTES)
  traffic.settle()
  assert.equal(books.get('2026-12'), 5)
  assert.equal(daysLeft(start), 1 / 24)
})

/** A minute at a line of which others take `others` bytes per second: what the rate was on average
 * in its second half. */
function minute(background: Background, from: number, others: number): number {
  const [lineRate, baseMs, seconds] = [1_000_000, 20, 60]
  let [queueBytes, sum] = [0, 0]
  for (let second = 0; second < seconds; second++) {
    queueBytes = Math.max(0, queueBytes + background.rate + others - lineRate)
    const delay = baseMs + (queueBytes / lineRate) * 1000
    background.heard('near', delay, (from + second) * 1000)
    background.heard('far and slow', 400 + 7 * delay, (from + second) * 1000)
    background.step(Math.min(background.rate, lineRate))
    if (second >= seconds / 2) sum += background.rate
  }
  return sum / (seconds / 2)
}

test('the background takes what a line has, makes room for others, and comes back', () => {
  const background = new Background()
  const alone = minute(background, 0, 0)
  assert.ok(alone > 600_000, `alone: ${alone}`)
  const beside = minute(background, 60, 900_000)
  assert.ok(beside < 200_000, `beside others: ${beside}`)
  const again = minute(background, 120, 0)
  assert.ok(again > 600_000, `alone again: ${again}`)
})

test('one buyer that slows down slows nobody else; when all do it is our line', () => {
  const background = new Background()
  const second = (number: number, near: number, far: number): number => {
    background.heard('near', near, number * 1000)
    background.heard('far', far, number * 1000)
    return background.step(background.rate)
  }
  const before = second(0, 20, 300)
  assert.ok(second(1, 20, 5000) > before)
  const all = second(2, 20 + 3 * TARGET_MS, 5000)
  assert.ok(all < background.rate + 1 && all < before * 1.5)
  for (let number = 3; number < 60; number++) second(number, 20 + 3 * TARGET_MS, 5000)
  assert.equal(background.rate, RATE_MIN)
})

test('the rate does not grow while it is not used, nor without a measurement', () => {
  const background = new Background()
  const start = background.rate
  background.heard('near', 20, 0)
  assert.equal(background.step(0), start)
  assert.equal(background.step(start), start)
})

test('what a buyer took long ago is no measure of its way now', () => {
  const background = new Background()
  background.heard('near', 20, 0)
  background.step(0)
  background.heard('near', 500, 11 * 60_000)
  background.step(0)
  assert.equal(background.queueMs, 0)
})

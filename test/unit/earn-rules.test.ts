/** When earn works: its time table, its month of traffic, and its place behind other traffic. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  Background,
  RATE_MIN,
  STANDING_MS,
  STANDING_STEPS,
  TARGET_MS,
} from '../../client/earn/background.js'
import {
  type Hours,
  isOpen,
  nextOpening,
  openPart,
  parseHours,
  wallTime,
} from '../../client/earn/hours.js'
import { AHEAD_BYTES, daysLeft, Traffic } from '../../client/earn/traffic.js'
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

/** A book of months as the wallet keeps it. */
function bookOf(months = new Map<string, number>()) {
  return {
    months,
    traffic: (month: string) => months.get(month) ?? 0,
    bookTraffic: (month: string, bytes: number) => void months.set(month, bytes),
  }
}

test('traffic is booked ahead: a crash counts too much, never too little', () => {
  const start = Date.UTC(2026, 10, 30, 23)
  const book = bookOf()
  const traffic = new Traffic(book, start)
  traffic.moved(1000, start)
  assert.equal(traffic.bytes, 1000)
  const booked = 1000 + AHEAD_BYTES
  assert.equal(book.traffic('2026-11'), booked)
  traffic.moved(AHEAD_BYTES / 4, start)
  assert.equal(book.traffic('2026-11'), booked, 'not written for each block')
  const crashed = new Traffic(book, start)
  assert.ok(crashed.bytes >= traffic.bytes)
  traffic.moved(5, start + 3_600_000)
  assert.equal(traffic.bytes, 5, 'a new month')
  assert.equal(book.traffic('2026-11'), 1000 + AHEAD_BYTES / 4, 'the old one as it was')
  traffic.settle()
  assert.equal(book.traffic('2026-12'), 5)
  assert.equal(daysLeft(start), 1 / 24)
})

test('killed at any second, it never counts less than was moved, however fast the line', () => {
  const start = Date.UTC(2026, 10, 1)
  const book = bookOf()
  let moved = 0
  for (let run = 0; run < 20; run++) {
    const traffic = new Traffic(book, start)
    for (let second = 0; second <= run; second++) {
      moved += 500_000_000
      traffic.moved(500_000_000, start)
    }
    assert.ok(book.traffic('2026-11') >= moved + 500_000_000, 'with the second that was cut off')
  }
})

test('killed in a burst after a slow while, it counts the burst', () => {
  const start = Date.UTC(2026, 10, 1)
  const book = bookOf()
  const traffic = new Traffic(book, start)
  let moved = 0
  for (let second = 0; second < 200; second++) {
    moved += 1_000_000
    traffic.moved(1_000_000, start)
    assert.ok(book.traffic('2026-11') >= moved + AHEAD_BYTES / 2, `cut off in second ${second}`)
  }
})

test('what a full disk does not book is booked with the next, and counts all the while', () => {
  const start = Date.UTC(2026, 10, 30, 23)
  let full = true
  const kept = bookOf()
  const bookTraffic = (month: string, bytes: number): void => {
    if (full) throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' })
    kept.bookTraffic(month, bytes)
  }
  const traffic = new Traffic({ ...kept, bookTraffic }, start)
  assert.equal(traffic.moved(1000, start)?.code, 'disk-full')
  assert.equal(traffic.moved(1000, start)?.code, 'disk-full')
  assert.equal(traffic.settle()?.code, 'disk-full')
  assert.equal(traffic.bytes, 2000)
  full = false
  assert.equal(traffic.moved(1, start), undefined)
  assert.equal(kept.traffic('2026-11'), 2001 + AHEAD_BYTES)
  full = true
  traffic.moved(5, start + 3_600_000)
  assert.equal(traffic.bytes, 5, 'a new month begins all the same')
})

test('a clock that jumps into another month and back gives no month twice', () => {
  const [november, december] = [Date.UTC(2026, 10, 22), Date.UTC(2026, 11, 24)]
  const traffic = new Traffic(bookOf(), november)
  traffic.moved(9000, november)
  traffic.moved(10, december)
  traffic.moved(1, november)
  assert.equal(traffic.bytes, 9001)
  traffic.moved(1, december)
  assert.equal(traffic.bytes, 11)
})

test('hours are those of the clock on the wall, also on the days on which it is put', (t) => {
  const zone = process.env.TZ
  t.after(() => {
    if (zone === undefined) delete process.env.TZ
    else process.env.TZ = zone
  })
  process.env.TZ = 'Europe/Berlin'
  const night = table('2:30-3:30')
  const openAt = (iso: string) => isOpen(night, wallTime(Date.parse(iso)))
  // 29 March 2026: at two o'clock the clock is put to three, so the first half hour never comes.
  assert.equal(openAt('2026-03-29T00:59:59Z'), false)
  assert.equal(openAt('2026-03-29T01:00:00Z'), true, 'three')
  assert.equal(openAt('2026-03-29T01:30:00Z'), false, 'half past three')
  // 25 October 2026: at three it is put back to two, and half past two comes twice.
  for (const [iso, open] of [
    ['2026-10-25T00:30:00Z', true],
    ['2026-10-25T01:00:00Z', false],
    ['2026-10-25T01:30:00Z', true],
    ['2026-10-25T02:30:00Z', false],
  ] as const) {
    assert.equal(openAt(iso), open, iso)
  }
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

test('a short queue that stays when we send less is that of others, and gets all the room', () => {
  const background = new Background()
  let number = 0
  const seconds = (count: number, queueMs: number): number => {
    for (const end = number + count; number < end; number++) {
      background.heard('near', 20 + queueMs, number * 1000)
      background.step(background.rate)
    }
    return background.rate
  }
  const alone = seconds(3, 0)
  assert.ok(seconds(STANDING_STEPS - 1, STANDING_MS + 5) >= alone, 'a short while says nothing')
  assert.equal(seconds(20, STANDING_MS + 5), RATE_MIN)
  assert.ok(seconds(20, 0) > alone)
  assert.ok(seconds(60, STANDING_MS - 5) > alone, 'so much is no queue')
})

test('a single buyer that halts now and then does not slow what it gets', () => {
  const background = new Background()
  let least = background.rate
  for (let second = 0; second < 120; second++) {
    background.heard('near', second % 3 === 2 ? 20 + 10 * TARGET_MS : 20, second * 1000)
    background.step(background.rate)
    least = Math.min(least, background.rate)
  }
  assert.equal(least, new Background().rate)
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

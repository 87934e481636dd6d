/** What a person reads of a station's trades, and what a program does. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TradeEvent } from '../../client/trade/trade-event.js'
import { stationEvents } from '../../client/verbs/trading.js'
import { createReport } from '../../shared/command.js'
import { refuse } from '../../shared/errors.js'
import type { Uid } from '../../shared/identifier.js'
import { makeContent } from '../engine-content.js'

const AWAY: TradeEvent = { event: 'tracker', problem: refuse('unreachable', 'no\u001banswer') }
const BACK: TradeEvent = { event: 'tracker', problem: undefined }

/** What is written of these events of one content's trades. */
function told(json: boolean, events: readonly TradeEvent[]): string[] {
  const lines: string[] = []
  const { metainfo, torrent } = makeContent({ 'a.bin': 1000 }, 16 * 1024)
  const { trade } = stationEvents(createReport(json, (line) => lines.push(line)))
  for (const event of events) trade({ paid: false, torrent, metainfo }, event)
  return lines
}

test('a tracker that several trades miss is told of once, and once that it is back', () => {
  const lines = told(false, [BACK, AWAY, AWAY, BACK, BACK, AWAY])
  const away = 'going on meanwhile: no␛answer'
  assert.deepEqual(lines, [away, 'the tracker is back', away])
})

test('a program hears every trade', () => {
  const lines = told(true, [AWAY, AWAY, BACK, BACK]).map((line) => JSON.parse(line))
  assert.deepEqual(
    lines.map(({ event, reachable }) => [event, reachable]),
    [
      ['tracker', false],
      ['tracker', false],
      ['tracker', true],
      ['tracker', true],
    ],
  )
})

test('a port that nobody can connect to is told of once for all contents', () => {
  const closed: TradeEvent = { event: 'reach', reached: false, port: 6881 }
  const open: TradeEvent = { event: 'reach', reached: true, port: 6881 }
  const lines = told(false, [closed, closed, open, open, closed])
  const walled =
    'nobody can connect to port 6881, so no buyer is sent here: open or forward it (--port)'
  assert.deepEqual(lines, [
    walled,
    'the tracker can connect to port 6881: buyers come here',
    walled,
  ])
})

test('a person hears whom the program trades with no more, and why', () => {
  const uid = 'ab'.repeat(16) as Uid
  const event = {
    event: 'blacklisted',
    code: 'page-invalid',
    uid,
    until: 1_800_000_000_000,
  } as const
  const [line] = told(false, [event])
  assert.match(line ?? '', /^no trade with (ab){16} until 2027-01-15 08:00 UTC: the hash-list page/)
  assert.match(line ?? '', /floodgate blacklist explain (ab){16}$/)
  const [heard] = told(true, [event]).map((text) => JSON.parse(text))
  assert.deepEqual([heard.event, heard.code, heard.uid], ['blacklisted', 'page-invalid', uid])
})

test('a person hears that all sellers are on the own blacklist, and what to do', () => {
  const uid = 'ab'.repeat(16) as Uid
  const [line = ''] = told(false, [{ event: 'avoided', sellers: [uid] }])
  assert.match(line, /^the only seller of \S+ is on your blacklist, so nothing comes: (ab){16};/)
  assert.match(line, /blacklist explain UID says why, lift UID trades with it again$/)
  const [several = ''] = told(false, [{ event: 'avoided', sellers: [uid, uid] }])
  assert.match(several, /^every seller of /)
})

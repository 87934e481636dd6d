/** Writes test/replay/recorded.ndjson: `node dist/test/replay/record.js`. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../house/source.js'
import { drawMarket, SEEDS, writeRecordings } from './demand.js'

writeFileSync(join(ROOT, 'test/replay/recorded.ndjson'), writeRecordings(SEEDS.map(drawMarket)))

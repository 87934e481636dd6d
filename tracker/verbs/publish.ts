/** `publish`: puts a file or folder into the catalogue on signed terms. */
import { writeFileSync } from 'node:fs'
import { type Amount, formatAmount, parseAmount } from '../../shared/amount.js'
import {
  fail,
  type Input,
  requiredOption,
  stringOption,
  type Values,
  type Verb,
  visible,
} from '../../shared/command.js'
import { must, refused } from '../../shared/errors.js'
import type { Cid } from '../../shared/identifier.js'
import {
  ANSWER_WINDOW_MS,
  CLAIM_WINDOW_MS,
  COMPLAINT_WINDOW_MS,
  MARKS_COUNT,
  MARKS_SHARE_PERCENT,
  SPEND_WINDOW_MS,
} from '../../shared/limits.js'
import { parseMetainfo } from '../../shared/metainfo.js'
import { reportRenamed } from '../../shared/renamed.js'
import { MODES } from '../../shared/terms.js'
import { reasonOf } from '../../shared/thrown.js'
import { counted } from '../../shared/words.js'
import { type Offer, publish as publishPath } from '../publish.js'
import {
  DEFAULT_B,
  DEFAULT_N,
  readAnswerWindow,
  readB,
  readClaimWindow,
  readComplaintWindow,
  readMarks,
  readMode,
  readN,
  readPieceLength,
  readShare,
  readSpendWindow,
} from '../settings.js'
import { type VerbContext, withTracker } from './context.js'

/** An amount of money that the verb cannot do without; throws as usage. */
function requiredAmount(input: Input, name: string): Amount {
  const value = parseAmount(requiredOption(input, publish, name))
  return refused(value) ? fail('usage', `--${name}: ${value.message}`) : value
}

/** A scheme of the program's table by name; the first one without --scheme. */
function schemeName(values: Values, { schemes }: VerbContext): string {
  const wanted = stringOption(values, 'scheme') ?? schemes[0]?.name
  const scheme = schemes.find(({ name }) => name === wanted)
  const known = schemes.map(({ name }) => name).join(', ')
  return scheme?.name ?? fail('usage', `--scheme takes one of: ${known}`)
}

/** Spend-until and claim-until of each purchase, from its time on. */
function readWindows(values: Values): { readonly spend: number; readonly claim: number } {
  const spend = must(readSpendWindow(values)) ?? SPEND_WINDOW_MS
  const claim = must(readClaimWindow(values)) ?? Math.max(spend, CLAIM_WINDOW_MS)
  if (claim >= spend) return { spend, claim }
  return fail('usage', '--claim-window must not end before --spend-window')
}

/** What the command line and the settings say of a content. */
function readOffer(input: Input, context: VerbContext): Offer {
  const { values } = input
  return {
    price: requiredAmount(input, 'price'),
    reward: requiredAmount(input, 'reward'),
    scheme: schemeName(values, context),
    n: must(readN(values)) ?? DEFAULT_N,
    b: must(readB(values)) ?? DEFAULT_B,
    mode: must(readMode(values)) ?? 'open',
    pieceLength: must(readPieceLength(values)),
    complaint: must(readComplaintWindow(values)) ?? COMPLAINT_WINDOW_MS,
    answer: must(readAnswerWindow(values)) ?? ANSWER_WINDOW_MS,
    marks: must(readMarks(values)) ?? MARKS_COUNT,
    share: must(readShare(values)) ?? MARKS_SHARE_PERCENT,
    ...readWindows(values),
    progress: () => undefined,
  }
}

/** Writes the torrent where it was asked for; a refusal says that the content is for sale all the
 * same. */
function keepTorrent(out: string, torrent: Uint8Array, cid: Cid): void {
  try {
    writeFileSync(out, torrent)
  } catch (error) {
    const next = `${cid} is published; publish it again with another --out for the torrent`
    fail('not-writable', `--out ${out}: ${reasonOf(error)}; ${next}`)
  }
}

export const publish: Verb<VerbContext> = {
  name: 'publish',
  summary: 'sell a file or folder; works while the tracker serves',
  usage: 'PATH --price P --reward R [options]',
  options: {
    price: { type: 'string', value: 'P', help: 'what a buyer pays, for example 2 or 0.50' },
    reward: { type: 'string', value: 'R', help: 'what the seller of one piece earns' },
    n: { type: 'string', value: 'N', help: `pieces a seller leaves unpaid (${DEFAULT_N})` },
    b: { type: 'string', value: 'B', help: `pieces one signature covers (${DEFAULT_B})` },
    mode: {
      type: 'string',
      value: 'MODE',
      choices: MODES,
      help: 'open, or closed to fewer than pieces / n (open)',
    },
    'piece-length': { type: 'string', value: 'BYTES', help: 'a power of two, or auto' },
    'complaint-window': {
      type: 'string',
      value: 'TIME',
      help: 'until earnings can be spent (72h)',
    },
    'answer-window': {
      type: 'string',
      value: 'TIME',
      help: 'how long an accused member may answer (72h)',
    },
    marks: { type: 'string', value: 'COUNT', help: `marks a member may have (${MARKS_COUNT})` },
    share: {
      type: 'string',
      value: 'PERCENT',
      help: `of its counterparties that may mark it (${MARKS_SHARE_PERCENT})`,
    },
    'spend-window': {
      type: 'string',
      value: 'TIME',
      help: 'how long what was bought can be fetched (365d)',
    },
    'claim-window': { type: 'string', value: 'TIME', help: 'how long it can be claimed (400d)' },
    scheme: { type: 'string', value: 'NAME', help: 'how pieces are paid; the first in the table' },
    out: { type: 'string', value: 'FILE', help: 'write the torrent file here too' },
  },
  examples: [
    'album.zip --price 2 --reward 0.02 --out album.torrent',
    'film --price 5 --reward 0.01 --piece-length 262144 --complaint-window 24h',
  ],
  run: async (input, context) => {
    const { values, positionals, report } = input
    const path = positionals[0] as string
    const offer = readOffer(input, context)
    return withTracker(input, context, async (tracker) => {
      const published = must(await publishPath(tracker, path, offer))
      const { cid, name, size, pieces, files, torrent, again, leftOut, changed } = published
      const out = stringOption(values, 'out')
      if (out !== undefined) keepTorrent(out, torrent, cid)
      for (const each of leftOut) context.warn(`left out, not a regular file: ${visible(each)}`)
      const price = formatAmount(offer.price)
      const what = `${counted(pieces, 'piece')} in ${counted(files, 'file')}`
      report.line(`${cid} ${visible(name)}: ${what}, ${price}`)
      reportRenamed(report, must(parseMetainfo(torrent)).files)
      if (again) report.line('it was published on these terms already')
      if (changed)
        report.line(
          'its terms have changed: nobody can buy with a torrent file that has other ones',
        )
      const written = out === undefined ? {} : { torrent: out }
      return { cid, name, size, pieces, files, again, changed, price: offer.price, ...written }
    })
  },
}

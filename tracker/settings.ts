/**
 * The provider's settings: what `config.toml` of a home may say, and how its values are judged.
 *
 * `init` sets the first three; the others stand in for options of `serve` and `publish` that the
 * command line leaves open.
 */
import { numberOption, parseDuration, type Values, visible } from '../shared/command.js'
import { type Refusal, refuse, refused } from '../shared/errors.js'
import {
  ANSWER_WINDOW_MAX_MS,
  ANSWER_WINDOW_MIN_MS,
  MARKS_COUNT,
  MARKS_MAX_COUNT,
  MARKS_SHARE_PERCENT,
  MEMBER_NAME_MAX_BYTES,
  PIECE_MAX_BYTES,
  PIECE_MIN_BYTES,
  RUN_MAX_PIECES,
  WINDOW_MAX_PIECES,
} from '../shared/limits.js'
import type { Setting } from '../shared/settings.js'
import { isMode, MODES, type Mode } from '../shared/terms.js'
import { parseTrackerUrl } from './address.js'
import type { Registration } from './tracker.js'

/** Pieces a seller leaves unpaid, and pieces that one signature covers, unless publish says. */
export const DEFAULT_N = 4
export const DEFAULT_B = 8

const CURRENCY_MAX_BYTES = 16

/** First lines of the file. */
export const HEAD: readonly string[] = [
  'Settings of floodgate-tracker for the provider whose home this folder is.',
  'A line that begins with # does nothing: take the # away to set something. What the command',
  'line says comes before what stands here. `floodgate-tracker config` shows what holds.',
]

/** A text option within its limit; refuses as usage. */
export function shortText(name: string, value: unknown, maxBytes: number): string | Refusal {
  const text = typeof value === 'string' ? value : ''
  const fits = text !== '' && Buffer.byteLength(text) <= maxBytes && visible(text) === text
  return fits ? text : refuse('usage', `--${name} takes 1 to ${maxBytes} bytes of text`)
}

/** The provider's name as members see it; refuses as usage. */
export const readName = ({ name }: Values) => shortText('name', name, MEMBER_NAME_MAX_BYTES)
/** The name of the currency's main unit; refuses as usage. */
export const readCurrency = ({ currency }: Values) =>
  shortText('currency', currency, CURRENCY_MAX_BYTES)
/** A TCP port, or undefined; refuses as usage. */
export const readPort = (values: Values) => numberOption(values, 'port', { min: 0, max: 65535 })
/** n of the terms, or undefined; refuses as usage. */
export const readN = (values: Values) =>
  numberOption(values, 'n', { min: 1, max: WINDOW_MAX_PIECES })
/** b of the terms, or undefined; refuses as usage. */
export const readB = (values: Values) => numberOption(values, 'b', { min: 1, max: RUN_MAX_PIECES })

/** Bytes of a piece; undefined is for publish to choose. Refuses as usage. */
export function readPieceLength(values: Values): number | undefined | Refusal {
  if (values['piece-length'] === 'auto') return undefined
  const bounds = { min: PIECE_MIN_BYTES, max: PIECE_MAX_BYTES }
  const value = numberOption(values, 'piece-length', bounds)
  if (value === undefined || refused(value) || (value & (value - 1)) === 0) return value
  return refuse('usage', '--piece-length takes a power of two')
}

/** A window of the terms in milliseconds, or undefined; refuses as usage. */
function windowOf(name: string) {
  return (values: Values): number | undefined | Refusal => {
    const text = values[name]
    if (typeof text !== 'string') return undefined
    const duration = parseDuration(text)
    return refused(duration) ? refuse('usage', `--${name}: ${duration.message}`) : duration
  }
}

/** Until earnings can be spent. */
export const readComplaintWindow = windowOf('complaint-window')
/** How long a grant's tokens can be spent. */
export const readSpendWindow = windowOf('spend-window')
/** How long they can be claimed, from the purchase as well. */
export const readClaimWindow = windowOf('claim-window')

/** How long the accused of a case may answer; refuses as usage. */
export function readAnswerWindow(values: Values): number | undefined | Refusal {
  const window = windowOf('answer-window')(values)
  if (window === undefined || refused(window)) return window
  if (window >= ANSWER_WINDOW_MIN_MS && window <= ANSWER_WINDOW_MAX_MS) return window
  return refuse('usage', '--answer-window takes from 1s to 30d')
}
/** Marks that a member may have, or undefined; refuses as usage. */
export const readMarks = (values: Values) =>
  numberOption(values, 'marks', { min: 1, max: MARKS_MAX_COUNT })
/** Percent of its counterparties that may have given one, or undefined; refuses as usage. */
export const readShare = (values: Values) => numberOption(values, 'share', { min: 1, max: 100 })

/** Who may register, open unless the values say; refuses as usage. */
export function readRegistration({ registration = 'open' }: Values): Registration | Refusal {
  if (registration === 'open' || registration === 'invited') return registration
  return refuse('usage', '--registration takes open or invited')
}

/** Whether the swarm is open or closed, or undefined; refuses as usage. */
export function readMode({ mode }: Values): Mode | undefined | Refusal {
  if (mode === undefined || (typeof mode === 'string' && isMode(mode))) return mode
  return refuse('usage', `--mode takes ${MODES.join(' or ')}`)
}

/** A path; an empty one is refused as usage. */
function pathOf(name: string) {
  return (values: Values): unknown =>
    values[name] === '' ? refuse('usage', `--${name} takes the path of a file`) : values[name]
}

const IDENTITY: readonly Setting[] = [
  {
    name: 'name',
    kind: 'text',
    sample: 'My label',
    fallback: 'set by init',
    reason: ['What members see. They know you by the root certificate; the name is for people.'],
    check: readName,
  },
  {
    name: 'url',
    kind: 'text',
    sample: 'https://tracker.example',
    fallback: 'set by init',
    reason: [
      'Where members reach the tracker. It stands in every torrent that was published: after a',
      'change keep the old address answering.',
    ],
    check: ({ url }) => parseTrackerUrl(String(url)),
  },
  {
    name: 'currency',
    kind: 'text',
    sample: 'credit',
    fallback: 'set by init',
    reason: ["Name of the money's main unit; amounts have six decimals. Names only: no rate."],
    check: readCurrency,
  },
]

const SERVE: readonly Setting[] = [
  {
    name: 'host',
    kind: 'text',
    sample: '127.0.0.1',
    fallback: '127.0.0.1',
    reason: ['Address that serve listens on; 0.0.0.0 for other machines, and then by TLS only.'],
    check: ({ host }) => shortText('host', host, 255),
  },
  {
    name: 'port',
    kind: 'number',
    sample: 6969,
    fallback: "the url's",
    reason: ['TCP port that serve listens on, when it is not the one in the url.'],
    check: readPort,
  },
  {
    name: 'behind-proxy',
    kind: 'truth',
    sample: true,
    fallback: 'false',
    reason: ['A proxy on this machine adds TLS; its X-Forwarded-For is believed.'],
    check: () => undefined,
  },
  {
    name: 'tls-key',
    kind: 'text',
    sample: '/etc/letsencrypt/live/tracker.example/privkey.pem',
    fallback: 'none',
    reason: ['Private key (PEM) for TLS without a proxy; goes with tls-cert.'],
    check: pathOf('tls-key'),
  },
  {
    name: 'tls-cert',
    kind: 'text',
    sample: '/etc/letsencrypt/live/tracker.example/fullchain.pem',
    fallback: 'none',
    reason: ['Certificate chain (PEM); goes with tls-key.'],
    check: pathOf('tls-cert'),
  },
  {
    name: 'registration',
    kind: 'text',
    sample: 'invited',
    fallback: 'open',
    reason: [
      'Who may become a member: "open" takes anybody, within limits per address; "invited" only',
      'who has a code of `floodgate-tracker invite`.',
    ],
    check: readRegistration,
  },
]

const PUBLISH: readonly Setting[] = [
  {
    name: 'n',
    kind: 'number',
    sample: DEFAULT_N,
    fallback: String(DEFAULT_N),
    reason: [
      'Pieces that a seller delivers to one buyer before the first is paid. More is faster on',
      'long lines; a buyer that never pays takes this much from each seller it was named.',
    ],
    check: readN,
  },
  {
    name: 'b',
    kind: 'number',
    sample: DEFAULT_B,
    fallback: String(DEFAULT_B),
    reason: ['Pieces that one signature covers: 1 is the paper to the letter, and slower.'],
    check: readB,
  },
  {
    name: 'mode',
    kind: 'text',
    sample: 'open',
    fallback: 'open',
    reason: [
      'closed admits only so many members at a time that one which never pays cannot have the',
      'content from all of them: fewer than pieces / n. A purchase beyond that is refused.',
    ],
    check: readMode,
  },
  {
    name: 'piece-length',
    kind: 'number',
    sample: 262_144,
    fallback: 'by size',
    reason: ['Bytes of a piece, a power of two: the unit that is paid for.'],
    check: readPieceLength,
  },
  {
    name: 'complaint-window',
    kind: 'text',
    sample: '72h',
    fallback: '72h',
    reason: ['How long earnings stay pending, so that a buyer can complain before they are spent.'],
    check: readComplaintWindow,
  },
  {
    name: 'answer-window',
    kind: 'text',
    sample: '72h',
    fallback: '72h',
    reason: [
      'How long a member that is accused may answer, from when its client fetched the notice. Then',
      'the seller is paid for the piece from the purchase.',
    ],
    check: readAnswerWindow,
  },
  {
    name: 'marks',
    kind: 'number',
    sample: MARKS_COUNT,
    fallback: String(MARKS_COUNT),
    reason: [
      'Marks of cases that proved nothing: beyond this number, and beyond the share below, the',
      'member stops trading until you decide.',
    ],
    check: readMarks,
  },
  {
    name: 'share',
    kind: 'number',
    sample: MARKS_SHARE_PERCENT,
    fallback: String(MARKS_SHARE_PERCENT),
    reason: ['Percent of the members it dealt with, and that spent money, that marked it.'],
    check: readShare,
  },
  {
    name: 'spend-window',
    kind: 'text',
    sample: '365d',
    fallback: '365d',
    reason: ['How long after a purchase its pieces can be fetched; then they are bought singly.'],
    check: readSpendWindow,
  },
  {
    name: 'claim-window',
    kind: 'text',
    sample: '400d',
    fallback: '400d',
    reason: [
      'How long after a purchase sellers can claim for it; what is left goes to the carrier.',
    ],
    check: readClaimWindow,
  },
]

/** Every setting, in the order of the file. */
export const SETTINGS: readonly Setting[] = [...IDENTITY, ...SERVE, ...PUBLISH]

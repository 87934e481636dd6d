/** What a person lets earn do: read from options, merged with what was agreed before, in words. */
import { resolve } from 'node:path'
import { formatAmount, parseAmount } from '../../shared/amount.js'
import {
  type Options,
  parseDuration,
  stringOption,
  type Values,
  visible,
} from '../../shared/command.js'
import { type Refusal, refuse, refused } from '../../shared/errors.js'
import { parseRate } from '../config.js'
import type { Agreement } from '../pay/wallet/earn.js'
import { formatBytes, formatDuration } from '../ui/format.js'
import { readHours } from './hours.js'

/** The word that takes a bound away. */
const NONE = 'none'

/** Options that say what earn may do. */
export const EARN_OPTIONS: Options = {
  quota: { type: 'string', value: 'SIZE', help: 'disk that all it holds may take, as 20GB' },
  budget: {
    type: 'string',
    value: 'AMOUNT',
    help: 'money that it may spend in all, ever; raise it to let it go on',
  },
  folder: { type: 'string', value: 'DIR', help: 'where it keeps contents; HOME/earn by default' },
  traffic: {
    type: 'string',
    value: 'SIZE',
    help: 'what it may send and receive in a month (UTC), as 500GB; or none',
  },
  upload: {
    type: 'string',
    value: 'RATE',
    help: 'what it may send in a second at most, as 2MB; or none',
  },
  hours: {
    type: 'string',
    value: 'TABLE',
    help: "when it may work, as 'mon-fri 22-7, sat-sun'; or none for always",
  },
  idle: {
    type: 'string',
    value: 'TIME',
    help: 'only after so long without input at any terminal, as 10m; or none',
  },
  load: {
    type: 'string',
    value: 'N',
    help: 'only while other programs load the machine below this, as 1.5; or none',
  },
}

/** A size in bytes such as `20GB`, `500M` or `1.5TiB`; refuses as usage. */
function parseSize(text: string): number | Refusal {
  const tera = /^(.*\d)t(i?)b?$/i.exec(text)
  const [, digits = '', binary = ''] = tera ?? []
  const size = tera === null ? parseRate(text) : parseRate(`${digits}g${binary}`)
  if (refused(size) || /\/s$/i.test(text)) {
    return refuse('usage', `"${visible(text)}" is not a size; write for example 20GB or 500MB`)
  }
  return tera === null ? size : size * (binary === '' ? 1000 : 1024)
}

function parseLoad(text: string): number | Refusal {
  const load = /^\d{1,4}(\.\d{1,2})?$/.test(text) ? Number(text) : 0
  if (load > 0) return load
  return refuse('usage', `"${visible(text)}" is not a load; write for example 1.5`)
}

/** One option: what is given, null for `none`, what held before when it is left out. */
function bound<T>(
  values: Values,
  name: string,
  before: T | null,
  read: (text: string) => T | Refusal,
): T | null | Refusal {
  const text = stringOption(values, name)
  if (text === undefined) return before
  if (text === NONE) return null
  const value = read(text)
  return refused(value) ? refuse('usage', `--${name}: ${value.message}`) : value
}

/** Where earn keeps contents when nobody says where, and folders are resolved from. */
export interface Places {
  readonly home: string
  readonly folder: string
}

/** Bounds that options set, as far as anybody did. */
type Bounds = Omit<Agreement, 'fingerprint' | 'folder' | 'on' | 'quota' | 'budget'> & {
  readonly quota: Agreement['quota'] | null
  readonly budget: Agreement['budget'] | null
}

function readBounds(values: Values, before: Agreement | undefined): Bounds | Refusal {
  const quota = bound(values, 'quota', before?.quota ?? null, parseSize)
  const budget = bound(values, 'budget', before?.budget ?? null, parseAmount)
  const traffic = bound(values, 'traffic', before?.traffic ?? null, parseSize)
  const upLimit = bound(values, 'upload', before?.upLimit ?? null, parseRate)
  const idleMs = bound(values, 'idle', before?.idleMs ?? null, parseDuration)
  const load = bound(values, 'load', before?.load ?? null, parseLoad)
  const hours = bound(values, 'hours', before?.hours ?? null, (text) => {
    const table = readHours(text)
    return refused(table) ? table : text
  })
  for (const each of [quota, budget, traffic, upLimit, idleMs, load, hours]) {
    if (refused(each)) return each
  }
  return { quota, budget, traffic, upLimit, idleMs, load, hours } as Bounds
}

/** What is wrong with the options whatever was agreed before; undefined when nothing is. */
export function misreadTerms(values: Values): Refusal | undefined {
  const bounds = readBounds(values, undefined)
  return refused(bounds) ? bounds : undefined
}

/**
 * What was agreed before with what the options change of it; `before` is undefined the first time,
 * when quota and budget must be given. Refuses as usage.
 */
export function readAgreement(
  values: Values,
  fingerprint: Agreement['fingerprint'],
  before: Agreement | undefined,
  places: Places,
): Agreement | Refusal {
  const bounds = readBounds(values, before)
  if (refused(bounds)) return bounds
  const { budget, quota } = bounds
  const needed = 'say what it may use: --quota 20GB --budget 5.00'
  if (quota === null || budget === null) return refuse('usage', needed)
  const given = stringOption(values, 'folder')
  const own = before?.folder ?? places.home
  const folder = given === undefined ? own : resolve(places.folder, given)
  return { ...bounds, quota, budget, fingerprint, folder, on: true }
}

/** What is agreed to, a line each. */
export function agreementLines(agreement: Agreement, currency: string): string[] {
  const { budget, folder, hours, idleMs, load, quota, traffic, upLimit } = agreement
  return [
    `earn may spend ${formatAmount(budget)} ${visible(currency)} in all, ever`,
    `and keep ${formatBytes(quota)} in ${visible(folder)}`,
    traffic === null ? '' : `traffic: at most ${formatBytes(traffic)} in a month`,
    upLimit === null ? '' : `upload: at most ${formatBytes(upLimit)}/s`,
    hours === null ? '' : `hours: ${visible(hours)}`,
    idleMs === null ? '' : `only after ${formatDuration(idleMs / 1000)} without input`,
    load === null ? '' : `only while other programs load the machine below ${load}`,
  ].filter((line) => line !== '')
}

/**
 * Where a passphrase comes from: a file, an open descriptor, or the person at the terminal.
 *
 * Never from the command line or the environment, where other processes can read it.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { numberOption, stringOption, type Values, visible } from '../shared/command.js'
import { type Refusal, refuse, refused } from '../shared/errors.js'
import { PASSPHRASE_MAX_BYTES } from '../shared/limits.js'
import { newPassphrase, readPassphrase } from '../shared/passphrase.js'
import { reasonOf } from '../shared/thrown.js'
import { readableByUsAlone } from './home.js'
import { PASSPHRASE_OPTIONS } from './passphrase-options.js'
import type { Terminal } from './ui/terminal.js'

const DESCRIPTOR_MAX = 1023

/** How often a person may type a passphrase. */
export const PASSPHRASE_TRIES = 3

/** Which passphrase is meant: the home's, or the one that is to be. */
export type Which = 'passphrase' | 'new-passphrase'

/** Whether the command line says where the home's passphrase is. */
export function hasPassphraseOption(values: Values): boolean {
  return Object.keys(PASSPHRASE_OPTIONS).some((name) => values[name] !== undefined)
}

/** Who can be asked. */
export interface Asked {
  readonly values: Values
  /** Answers are for a program: nobody is asked. */
  readonly json: boolean
  readonly terminal: Terminal
  readonly stop: AbortSignal
}

/**
 * The passphrase that options give; undefined when they give none. Refusals: usage, open-to-others,
 * not-readable.
 */
function optionalText(values: Values, which: Which): string | undefined | Refusal {
  const path = stringOption(values, `${which}-file`)
  const bounds = { min: 0, max: DESCRIPTOR_MAX }
  const descriptor = numberOption(values, `${which}-fd`, bounds)
  if (refused(descriptor)) return descriptor
  if (path !== undefined && descriptor !== undefined) {
    return refuse('usage', `give --${which}-file or --${which}-fd, not both`)
  }
  try {
    if (descriptor !== undefined) return firstLine(descriptor)
    if (path === undefined) return undefined
    const shared = readableByUsAlone(path)
    if (shared !== undefined) return shared
    const file = openSync(path, 'r')
    try {
      return firstLine(file)
    } finally {
      closeSync(file)
    }
  } catch (error) {
    const from = path === undefined ? `--${which}-fd ${descriptor}` : `--${which}-file ${path}`
    return refuse('not-readable', `${visible(from)}: ${reasonOf(error)}`)
  }
}

/** The first line without its end; reads no more than a passphrase may have. */
function firstLine(descriptor: number): string {
  fstatSync(descriptor)
  const bytes = Buffer.alloc(PASSPHRASE_MAX_BYTES + 2)
  let length = 0
  while (length < bytes.length && !bytes.subarray(0, length).includes('\n')) {
    const read = readSync(descriptor, bytes, length, bytes.length - length, null)
    if (read === 0) break
    length += read
  }
  const text = bytes.toString('utf8', 0, length)
  return (text.split('\n')[0] as string).replace(/\r$/, '')
}

/**
 * The passphrase of a sealed home; `again` is what was wrong with the one before. Refusals: those
 * of the options; passphrase-needed without a terminal; interrupted.
 */
export async function currentPassphrase(asked: Asked, again = ''): Promise<Uint8Array | Refusal> {
  const given = optionalText(asked.values, 'passphrase')
  if (refused(given)) return given
  if (given !== undefined) return readPassphrase(given)
  if (!canAsk(asked)) {
    const ways = '--passphrase-file FILE or --passphrase-fd N'
    return refuse('passphrase-needed', `the key of this home is sealed: give ${ways}`)
  }
  const text = await asked.terminal.askSecret(`${again}Passphrase: `, asked.stop)
  return text === undefined ? refuse('interrupted') : readPassphrase(text)
}

/** A passphrase that is being chosen, when options give one. Refusals: as chosenPassphrase. */
export function passphraseOption(values: Values, which: Which): Uint8Array | undefined | Refusal {
  const given = optionalText(values, which)
  return given === undefined || refused(given) ? given : newPassphrase(given)
}

/**
 * A passphrase that is being chosen, asked twice at a terminal, and again when it cannot be taken;
 * undefined when none was given, or an empty one at the terminal. Refusals: those of the options,
 * usage, interrupted.
 */
export async function chosenPassphrase(
  asked: Asked,
  which: Which,
  question: string,
): Promise<Uint8Array | Refusal | undefined> {
  const given = passphraseOption(asked.values, which)
  if (given !== undefined || !canAsk(asked)) return given
  let chosen = await typedTwice(asked, question)
  for (let tries = 1; tries < PASSPHRASE_TRIES; tries++) {
    if (!refused(chosen) || chosen.code !== 'usage') break
    chosen = await typedTwice(asked, `${chosen.message}. ${question}`)
  }
  return chosen
}

/** One try; refuses as usage what is too short, too long, or not typed twice alike. */
async function typedTwice(
  { stop, terminal }: Asked,
  question: string,
): Promise<Uint8Array | Refusal | undefined> {
  const text = await terminal.askSecret(`${question}: `, stop)
  if (text === undefined) return refuse('interrupted')
  if (text === '') return undefined
  const chosen = newPassphrase(text)
  if (refused(chosen)) return chosen
  const again = await terminal.askSecret('The same again: ', stop)
  if (again === undefined) return refuse('interrupted')
  return text === again ? chosen : refuse('usage', 'the two passphrases differ')
}

function canAsk({ json, terminal }: Asked): boolean {
  return terminal.asksSecrets && !json
}

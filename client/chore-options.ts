/**
 * Options of the verbs that keep a home at work, for what it does besides trading; read here once,
 * for the command line and for config.toml.
 */
import { type Options, stringOption, type Values } from '../shared/command.js'
import { type Refusal, refuse } from '../shared/errors.js'

/** Runs a command when a content is complete. */
export const DONE_OPTION = {
  'on-done': {
    type: 'string',
    value: 'CMD',
    help: 'run CMD by sh when a content is complete; FLOODGATE_PATH and more say which',
  },
} as const satisfies Options

/** Takes up the torrents that are put into a folder. */
export const WATCH_OPTIONS = {
  watch: {
    type: 'string',
    value: 'DIR',
    help: 'fetch each torrent that is put into DIR, to --out; paid ones see --watch-buy',
  },
  'watch-buy': {
    type: 'boolean',
    help: 'buy what --watch finds, as far as cap-download allows, which has to be set',
  },
} as const satisfies Options

/** The command of --on-done; undefined without. Refuses as usage. */
export function readDone(values: Values): string | undefined | Refusal {
  const command = stringOption(values, 'on-done')
  return command === '' ? refuse('usage', '--on-done takes a command') : command
}

/** What a watched folder is for. */
export interface WatchSettings {
  readonly folder: string
  readonly out: string
  readonly buys: boolean
}

/** The watched folder; undefined without. Refuses as usage what is asked for by half. */
export function readWatch(values: Values): WatchSettings | undefined | Refusal {
  const folder = stringOption(values, 'watch')
  const buys = values['watch-buy'] === true
  if (folder === '') return refuse('usage', '--watch takes the path of a folder')
  if (folder === undefined) {
    return buys
      ? refuse('usage', '--watch-buy needs --watch DIR, the folder to look at')
      : undefined
  }
  const out = stringOption(values, 'out')
  if (out !== undefined && out !== '') return { folder, out, buys }
  return refuse('usage', '--watch needs --out DIR, the folder for what it fetches')
}

/**
 * The customer's settings file, `config.toml` in the home: what it may say, how it is written and
 * read.
 *
 * It lies in the home and nowhere else, so that `--home` changes the settings together with the
 * wallet that they are for. A setting counts where the command line leaves its option open.
 */
import { existsSync, writeFileSync } from 'node:fs'
import type { Values, Verb } from '../shared/command.js'
import { type Refusal, refuse, refused } from '../shared/errors.js'
import {
  type Found,
  formatSettings,
  readSettings,
  type Setting,
  withSettings,
} from '../shared/settings.js'
import { readCaps } from './caps.js'
import { readDone, readWatch } from './chore-options.js'
import { readTradeSettings } from './config.js'
import { type Home, homeOf } from './home.js'
import { readHomeFile } from './home-files.js'

const FILE_MODE = 0o600

const HEAD = [
  'Settings of floodgate for the customer whose home this folder is.',
  'A line that begins with # does nothing: take the # away to set something. What the command',
  'line says comes before what stands here. `floodgate config` shows what holds.',
]

/** Every setting, in the order of the file. */
export const SETTINGS: readonly Setting[] = [
  {
    name: 'out',
    kind: 'text',
    sample: '/home/me/downloads',
    fallback: 'get asks for --out',
    reason: ['Folder for the files that get and tui fetch; nothing is written elsewhere.'],
    check: ({ out }) => (out === '' ? refuse('usage', 'out takes the path of a folder') : out),
  },
  {
    name: 'port',
    kind: 'number',
    sample: 6881,
    fallback: 'any free one',
    reason: [
      'TCP port for other peers. Set it when a router or firewall has to let others in: a free',
      'port is another one in each run.',
    ],
    check: readTradeSettings,
  },
  {
    name: 'host',
    kind: 'text',
    sample: '0.0.0.0',
    fallback: '0.0.0.0',
    reason: ['Address to listen on; 127.0.0.1 keeps other machines out.'],
    check: readTradeSettings,
  },
  {
    name: 'peer',
    kind: 'texts',
    sample: ['192.0.2.7:6881'],
    fallback: 'none',
    reason: ['Peers to connect to besides those that trackers name.'],
    check: readTradeSettings,
  },
  {
    name: 'up-limit',
    kind: 'text',
    sample: '8MB',
    fallback: 'no limit',
    reason: [
      'Bytes per second that go out, over all contents. Every byte sold earns, so limit it only',
      'to leave room for something else.',
    ],
    check: readTradeSettings,
  },
  {
    name: 'down-limit',
    kind: 'text',
    sample: '4MB',
    fallback: 'no limit',
    reason: ['Bytes of content per second that come in, over all contents.'],
    check: readTradeSettings,
  },
  {
    name: 'request-timeout',
    kind: 'text',
    sample: '30s',
    fallback: '30s',
    reason: [
      'A request without a block for this long is withdrawn and asked of another seller. Longer',
      'on lines that stall often; a withdrawn piece may have to be carried twice.',
    ],
    check: readTradeSettings,
  },
  {
    name: 'hash-lists',
    kind: 'text',
    sample: 'tracker',
    fallback: 'buyer',
    reason: [
      'Where the hashes come from by which a seller checks what it is paid: "buyer" costs the',
      'tracker nothing; "tracker" asks the tracker, and the buyers when it does not answer.',
    ],
    check: readTradeSettings,
  },
  {
    name: 'cap-download',
    kind: 'text',
    sample: '5.00',
    fallback: 'no cap',
    reason: [
      'Never pay more than this for one content, lost pieces that are bought again included; not',
      'with --yes either. It holds for each provider by itself, in its currency.',
    ],
    check: readCaps,
    live: true,
  },
  {
    name: 'cap-day',
    kind: 'text',
    sample: '10.00',
    fallback: 'no cap',
    reason: ['Never pay more than this in one day (UTC) to one provider, whatever buys.'],
    check: readCaps,
    live: true,
  },
  {
    name: 'low-funds',
    kind: 'text',
    sample: '1.00',
    fallback: 'by the pace of spending',
    reason: [
      'Warn when an account holds less than this. Without it there is a warning when the pace of',
      'the last week would empty an account within three days.',
    ],
    check: readCaps,
    live: true,
  },
  {
    name: 'on-done',
    kind: 'text',
    sample: 'notify-send "$FLOODGATE_NAME is complete"',
    fallback: 'nothing is run',
    reason: [
      'Run by sh when a content is complete. Its environment says which: FLOODGATE_NAME, _PATH,',
      '_FOLDER, _CID, _BYTES, _PAID, _CURRENCY, _ORIGIN; write "$FLOODGATE_PATH" with its quotes.',
    ],
    check: readDone,
  },
  {
    name: 'watch',
    kind: 'text',
    sample: '/home/me/torrents',
    fallback: 'no folder is watched',
    reason: [
      'Each torrent that is put into this folder is fetched to the folder out while a daemon or a',
      'screen is at work, and gets the name NAME.torrent.added.',
    ],
    check: ({ watch }) => readWatch({ watch, out: '/' }),
  },
  {
    name: 'watch-buy',
    kind: 'truth',
    sample: false,
    fallback: 'false',
    reason: [
      'Whether paid contents that are put there are bought, without asking; only with a',
      'cap-download, and never beyond it and cap-day.',
    ],
    check: (values) => values['watch-buy'],
  },
]
const LIVE = new Set(SETTINGS.filter(({ live }) => live === true).map(({ name }) => name))

/** Settings of a home by name; none when there is no file. Refusals: usage, not-readable. */
export function readSettingsOf(home: Home): ReadonlyMap<string, Found> | Refusal {
  if (!existsSync(home.settings)) return new Map()
  const text = readHomeFile(home.settings)
  return refused(text) ? text : readSettings(text, home.settings, SETTINGS)
}

/** Writes the file with every setting commented out, unless there is one; needs the folder. */
export function writeSettingsOnce(home: Home): Refusal | undefined {
  if (existsSync(home.settings)) return undefined
  try {
    const text = formatSettings(HEAD, SETTINGS)
    writeFileSync(home.settings, text, { mode: FILE_MODE, flag: 'wx' })
    return undefined
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return undefined
    return refuse('not-writable', `${home.settings}: ${message}`)
  }
}

/**
 * Adds the settings of the home that the command line means, except those that are read when they
 * are needed; for `Program.settle`.
 */
export function settle(
  values: Values,
  verb: Verb<never>,
  environment: NodeJS.ProcessEnv,
): Values | Refusal {
  const found = readSettingsOf(homeOf(values, environment))
  if (refused(found)) return found
  const now = new Map([...found].filter(([name]) => !LIVE.has(name)))
  return withSettings(values, now, verb.options)
}

/** The options that say where a passphrase comes from; client/passphrase-source.ts reads them. */
import type { Options } from '../shared/command.js'

/** Options of every verb: the passphrase of the home. */
export const PASSPHRASE_OPTIONS: Options = {
  'passphrase-file': {
    type: 'string',
    value: 'FILE',
    help: 'the passphrase of the key is the first line of FILE',
  },
  'passphrase-fd': {
    type: 'string',
    value: 'N',
    help: 'read the passphrase of the key from this open descriptor',
  },
}

/** The same of a passphrase that is being chosen. */
export const NEW_PASSPHRASE_OPTIONS: Options = {
  'new-passphrase-file': {
    type: 'string',
    value: 'FILE',
    help: 'the passphrase to be is the first line of FILE',
  },
  'new-passphrase-fd': {
    type: 'string',
    value: 'N',
    help: 'read the passphrase to be from this open descriptor',
  },
}

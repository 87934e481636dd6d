/** Options of the verbs that keep a whole home at work. */
import type { Options } from '../shared/command.js'
import { CAP_OPTIONS } from './caps.js'
import { DONE_OPTION, WATCH_OPTIONS } from './chore-options.js'
import { TRADE_OPTIONS } from './config.js'

/** Of `daemon` and of `tui`, which opens the home where nobody else holds it. */
export const WORK_OPTIONS = {
  out: {
    type: 'string',
    value: 'DIR',
    help: 'where to fetch what is bought and has no folder yet',
  },
  ...CAP_OPTIONS,
  ...WATCH_OPTIONS,
  ...DONE_OPTION,
  ...TRADE_OPTIONS,
} as const satisfies Options

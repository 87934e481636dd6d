/** The table of verbs of `floodgate-tracker`, and what its command line stands on. */
import { readFileSync } from 'node:fs'
import type { Program } from '../shared/program.js'
import type { VerbContext } from './verbs/context.js'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))

/** `floodgate-tracker`; a verb's module, and what it imports, is loaded when that verb is meant. */
export const program: Program<VerbContext> = {
  name: 'floodgate-tracker',
  version,
  summary: 'Sells content over BitTorrent and pays the people who carry it.',
  verbs: {
    init: async () => (await import('./verbs/init.js')).init,
    serve: async () => (await import('./verbs/serve.js')).serve,
    publish: async () => (await import('./verbs/publish.js')).publish,
    topup: async () => (await import('./verbs/topup.js')).topup,
    voucher: async () => (await import('./verbs/voucher.js')).voucher,
    payouts: async () => (await import('./verbs/payouts.js')).payouts,
    invite: async () => (await import('./verbs/invite.js')).invite,
    house: async () => (await import('./verbs/house.js')).house,
    revoke: async () => (await import('./verbs/revoke.js')).revoke,
    free: async () => (await import('./verbs/free.js')).free,
    accounts: async () => (await import('./verbs/accounts.js')).accounts,
    cases: async () => (await import('./verbs/cases.js')).cases,
    held: async () => (await import('./verbs/held.js')).held,
    ledger: async () => (await import('./verbs/ledger.js')).ledger,
    audit: async () => (await import('./verbs/audit.js')).audit,
    config: async () => (await import('./verbs/config.js')).config,
    completion: async () => (await import('../shared/own-verbs.js')).completionVerb(program),
    man: async () => (await import('../shared/own-verbs.js')).manVerb(program),
  },
  settle: async (values, verb, { environment }) => {
    const { settle } = await import('./config.js')
    return settle(values, verb, environment)
  },
  known: async (kind, values, context) => {
    const { known } = await import('./known.js')
    return known(kind, values, context)
  },
  manual: {
    environment: {
      FLOODGATE_HOME: 'the folder with keys and database, where --home does not name one',
      XDG_DATA_HOME: 'where floodgate-tracker lies when neither names one (~/.local/share)',
    },
    files: {
      'keys/': "in the home: the provider's keys; root.key may be kept in a safe",
      'seal.key': 'in the home: without it the seeds of all grants are lost; not in the database',
      'tracker.db': 'in the home: members, contents and the ledger',
      'config.toml': 'in the home: settings, each explained beside it',
    },
  },
}

/** The table of verbs of `floodgate`, and what its command line stands on. */
import { readFileSync } from 'node:fs'
import type { Program } from '../shared/program.js'
import type { Context } from './customer.js'
import { PASSPHRASE_OPTIONS } from './passphrase-options.js'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))

/** `floodgate`; a verb's module, and what it imports, is loaded when that verb is meant. */
export const program: Program<Context> = {
  name: 'floodgate',
  version,
  summary: 'Buys content over BitTorrent, and earns by passing it on.',
  options: PASSPHRASE_OPTIONS,
  verbs: {
    register: async () => (await import('./verbs/register.js')).register,
    search: async () => (await import('./verbs/search.js')).search,
    buy: async () => (await import('./verbs/buy.js')).buy,
    get: async () => (await import('./verbs/get.js')).get,
    play: async () => (await import('./verbs/play.js')).play,
    seed: async () => (await import('./verbs/seed.js')).seed,
    earn: async () => (await import('./verbs/earn.js')).earn,
    check: async () => (await import('./verbs/check.js')).check,
    claim: async () => (await import('./verbs/claim.js')).claim,
    wallet: async () => (await import('./verbs/wallet.js')).wallet,
    redeem: async () => (await import('./verbs/redeem.js')).redeem,
    payout: async () => (await import('./verbs/payout.js')).payout,
    statement: async () => (await import('./verbs/statement.js')).statement,
    refund: async () => (await import('./verbs/refund.js')).refund,
    complain: async () => (await import('./verbs/complain.js')).complain,
    cases: async () => (await import('./verbs/cases.js')).cases,
    tui: async () => (await import('./verbs/tui.js')).tui,
    daemon: async () => (await import('./verbs/daemon.js')).daemon,
    blacklist: async () => (await import('./verbs/blacklist.js')).blacklist,
    config: async () => (await import('./verbs/config.js')).config,
    key: async () => (await import('./verbs/key.js')).key,
    completion: async () => (await import('../shared/own-verbs.js')).completionVerb(program),
    man: async () => (await import('../shared/own-verbs.js')).manVerb(program),
  },
  bare: () => (process.stdin.isTTY && process.stdout.isTTY ? 'tui' : undefined),
  settle: async (values, verb, { environment }) => {
    const { settle } = await import('./settings.js')
    return settle(values, verb, environment)
  },
  advise: async (code, verb) => (await import('./ui/advice.js')).adviceAtEnd(code, verb),
  known: async (kind, values, { environment }) => {
    const { known } = await import('./known.js')
    return known(kind, values, environment)
  },
  manual: {
    environment: {
      FLOODGATE_HOME: 'the folder with keys and wallet, where --home does not name one',
      XDG_DATA_HOME: 'where the folder floodgate lies when neither names one (~/.local/share)',
      NO_COLOR: 'no colours when it is set and not empty',
    },
    files: {
      'identity.key': 'in the home: who you are; whoever has it and its passphrase is you',
      'wallet.db': 'in the home: what was bought, earned and is owed; never copy it, export it',
      'config.toml': 'in the home: settings, each explained beside it; floodgate config shows them',
    },
  },
}

/** `audit`: recomputes the books by plain SQL, with code that shares nothing with the ledger. */
import { existsSync } from 'node:fs'
import { formatAmount } from '../../shared/amount.js'
import { fail, type Verb } from '../../shared/command.js'
import { refused } from '../../shared/errors.js'
import { counted } from '../../shared/words.js'
import { audit as auditDatabase } from '../audit/audit.js'
import { homeOf, readKey } from '../config.js'
import type { VerbContext } from './context.js'

const SHOWN_MAX_COUNT = 20

export const audit: Verb<VerbContext> = {
  name: 'audit',
  summary: 'check the books with code of its own; DATABASE may be a backup',
  usage: '[DATABASE]',
  options: {},
  positionals: { min: 0, max: 1 },
  examples: ['', '/backup/tracker.db'],
  run: async ({ positionals, report, values }, { environment }) => {
    const home = homeOf(values, environment)
    const path = positionals[0] ?? home.database
    if (!existsSync(path)) fail('not-readable', `there is no database ${path}`)
    const vaultKey = readKey(home.vaultKey)
    const { checked, problems, sellers } = auditDatabase(
      path,
      refused(vaultKey) ? undefined : vaultKey,
    )
    for (const seller of sellers) {
      const { income, pieces, uid } = seller
      report.event(
        { event: 'seller', ...seller },
        `${formatAmount(income).padStart(16)}  ${pieces} pieces  ${uid}`,
      )
    }
    for (const problem of problems.slice(0, SHOWN_MAX_COUNT)) {
      report.event({ event: 'problem', problem }, `wrong: ${problem}`)
    }
    if (problems.length > 0) {
      fail(
        'ledger-wrong',
        `${path} is wrong in ${counted(problems.length, 'place')}: ${problems[0]}`,
      )
    }
    for (const each of checked) report.event({ event: 'checked', text: each }, `right: ${each}`)
    if (refused(vaultKey)) {
      const text = `tokens of claims, which need the key of the vault: ${vaultKey.message}`
      report.event({ event: 'unchecked', text }, `not checked: ${text}`)
    }
    return { ok: true, database: path }
  },
}

/** `audit`: recomputes the books by plain SQL, with code that shares nothing with the ledger. */
import { existsSync } from 'node:fs'
import { formatAmount } from '../../shared/amount.js'
import { fail, type Verb } from '../../shared/command.js'
import { refuse, refused } from '../../shared/errors.js'
import { counted } from '../../shared/words.js'
import { audit as auditDatabase, type Means } from '../audit/audit.js'
import { openAuthority } from '../authority.js'
import { judgeOf } from '../case-files.js'
import { type Home, homeOf, readKey } from '../config.js'
import type { VerbContext } from './context.js'

const SHOWN_MAX_COUNT = 20

/** What the home holds beside the database: the key of its vault, and whose verdicts count. */
function meansOf(home: Home, { now, schemes }: VerbContext): Means & { missing: string[] } {
  const vaultKey = readKey(home.vaultKey)
  const authority = existsSync(home.keys) ? openAuthority(home, now) : refuse('home-missing')
  const missing: string[] = []
  if (refused(vaultKey)) {
    missing.push(`tokens of claims, and where payouts go: ${vaultKey.message}`)
  }
  if (refused(authority)) missing.push(`verdicts: ${authority.message}`)
  const known = new Map(schemes.map((scheme) => [scheme.name, scheme]))
  return {
    vaultKey: refused(vaultKey) ? undefined : vaultKey,
    judge: refused(authority) ? undefined : judgeOf({ authority, schemes: known }),
    missing,
  }
}

export const audit: Verb<VerbContext> = {
  name: 'audit',
  summary: 'check the books with code of its own; DATABASE may be a backup',
  usage: '[DATABASE]',
  options: {},
  examples: ['', '/backup/tracker.db'],
  run: async ({ positionals, report, values }, context) => {
    const home = homeOf(values, context.environment)
    const path = positionals[0] ?? home.database
    if (!existsSync(path)) fail('not-readable', `there is no database ${path}`)
    const { missing, ...means } = meansOf(home, context)
    const { checked, problems, sellers } = auditDatabase(path, means)
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
    for (const text of missing) report.event({ event: 'unchecked', text }, `not checked: ${text}`)
    return { ok: true, database: path }
  },
}

/**
 * A bad sample for every rule of the house: the rule that finds nothing here could not fail at all.
 */
import type { Source } from './source.js'

const IMPORTS: readonly (readonly [rule: string, path: string, target: string])[] = [
  ['a scheme sees', 'shared/schemes/iou/payer.ts', '../floodgate/payer.js'],
  ['a scheme sees', 'shared/schemes/iou/payer.ts', '../../exchange/exchange.js'],
  ['the scheme contract', 'shared/schemes/scheme.ts', './floodgate/floodgate.js'],
  ['the exchange sees', 'shared/exchange/buying.ts', '../schemes/floodgate/payer.js'],
  ['mediation sees', 'shared/mediation/rules.ts', '../schemes/floodgate/broker.js'],
  ['mediation sees', 'shared/mediation/rules.ts', '../exchange/exchange.js'],
  ['the ground files', 'shared/bytes.ts', 'node:fs'],
  ['the ground files', 'shared/wire/frame.ts', '../exchange/exchange.js'],
  ['only wire/bencode.ts', 'client/net/announce.ts', 'bencode'],
  ['only settings.ts', 'tracker/settings.ts', 'smol-toml'],
  ['only certificate-der.ts', 'tracker/authority.ts', 'node-forge'],
  ['shared sees neither', 'shared/bytes.ts', '../client/home.js'],
  ['the client never', 'client/demo/demo.ts', '../../tracker/store.js'],
  ['the tracker never', 'tracker/http/routes.ts', '../../client/home.js'],
  ['the engine sees', 'client/engine/peer.ts', '../pay/session.js'],
  ['the engine sees', 'client/engine/peer.ts', '../../shared/exchange/exchange.js'],
  ['the net sees', 'client/net/dial.ts', '../engine/peer.js'],
  ['views import', 'client/ui/table.ts', '../pay/session.js'],
  ['the forms of the local', 'client/local/rows.ts', '../pay/session.js'],
  ['what earn chooses', 'client/earn/chooser.ts', '../pay/wallet/wallet.js'],
  ['only client/ui', 'client/verbs/tui.ts', 'blessed'],
  ['the demo runs', 'client/demo/demo.ts', '../pay/session.js'],
  ['only tracker/http', 'tracker/calls.ts', 'express'],
  ['SQLite belongs', 'tracker/broker.ts', 'better-sqlite3'],
  ['SQLite belongs', 'client/pay/session.ts', 'better-sqlite3'],
  ['the auditor sees', 'tracker/audit/audit.ts', '../ledger.js'],
  ['the auditor sees', 'tracker/audit/audit.ts', '../../shared/bytes.js'],
  ['only the tables', 'client/pay/session.ts', '../../shared/schemes/floodgate/floodgate.js'],
  ['only the tables', 'tracker/broker.ts', '../shared/schemes/floodgate/floodgate.js'],
  ['no test imports', 'test/unit/one.test.ts', './two.test.js'],
]

const TEXTS: readonly (readonly [rule: string, path: string, text: string])[] = [
  ['at most 300 lines', 'shared/bytes.ts', 'x\n'.repeat(301)],
  ['at most 100 columns', 'shared/bytes.ts', `// ${'x'.repeat(98)}\n`],
  ['no folder or file', 'shared/utils/bytes.ts', ''],
  ['no folder or file', 'client/peer-helpers.ts', ''],
  ['no declaration', 'client/net/dial.ts', 'export class PeerManager {}'],
  ['no reminders', 'client/net/dial.ts', `// ${'TO'}${'DO'}: later`],
  ['no default', 'client/net/dial.ts', 'export default function dial() {}'],
  ['no barrel', 'client/net/dial.ts', "export * from './line.js'"],
  ['no barrel', 'client/net/dial.ts', "export { Line } from './line.js'"],
  ['every test', 'test/unit/one.test.ts', "test.only('one', () => {})"],
  ['a test waits', 'test/unit/one.test.ts', 'while (!done()) await wait(5)'],
  ['a test waits', 'test/unit/one.test.ts', 'for (; !done(); tries++) await new Promise(later)'],
  ['shared/ is pure', 'shared/terms.ts', 'const now = Date.now()'],
  ['shared/ is pure', 'shared/terms.ts', 'const now = new Date()'],
  ['shared/ is pure', 'shared/terms.ts', 'const key = randomBytes(32)'],
  ['shared/ is pure', 'shared/terms.ts', 'setTimeout(renew, 1000)'],
  ['secrets are', 'tracker/vault.ts', 'timingSafeEqual(a, b)'],
  ['no secret is', 'tracker/vault.ts', 'if (equal(nth(tokens, 1), shown)) pay()'],
  ['no secret is', 'tracker/vault.ts', 'if (!Buffer.from(seed).equals(other)) return'],
  ['no secret is', 'tracker/vault.ts', 'return Buffer.compare(given,\n  row.clientSecret) === 0'],
  ['no secret is', 'client/main.ts', 'if (passphrase !== known) fail()'],
  ['no secret is', 'client/main.ts', 'if (given === home.passphrase) open()'],
  ['only tracker/ledger.ts', 'tracker/claims.ts', 'await rows.ledger.insertTransfers(id, [])'],
  ['only the store', 'tracker/claims.ts', "sql.run('UPDATE accounts SET credits = 1')"],
  ['one exit', 'tracker/verbs/serve.ts', 'process.exit(1)'],
]

/** A file that breaks the rule whose name begins with `rule`. */
export interface Sample {
  readonly rule: string
  readonly source: Source
}

/** All samples. */
export const SAMPLES: readonly Sample[] = [
  ...IMPORTS.map(([rule, path, target]) => ({
    rule,
    source: { path, text: `import { x } from '${target}'\n` },
  })),
  ...TEXTS.map(([rule, path, text]) => ({ rule, source: { path, text } })),
]

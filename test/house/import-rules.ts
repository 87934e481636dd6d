/**
 * Who may import whom (design §2), as one table.
 *
 * A row speaks for the files that `from` matches. Each of their imports must match `may` where it
 * is given, and must not match `never`. A relative import reads as the path of the file it reaches,
 * a package by its name.
 */
import { importsOf, type Source } from './source.js'

/** One rule about imports. */
export interface ImportRule {
  readonly name: string
  readonly from: RegExp
  readonly may?: RegExp
  readonly never?: RegExp
}

const GROUND = 'shared/[^/]+|shared/wire/[^/]+'
const FORMS = 'local/(transfer-rows|rows|calls|records|local-api)\\.ts'
const SCHEME = 'shared/schemes/[^/]+/'

/** The two tables of schemes, and the schemes themselves; whatever else stays scheme-free. */
const NAMES_NO_SCHEME =
  /^(?!test\/|shared\/schemes\/[^/]+\/|client\/main\.ts$|tracker\/main\.ts$).*/

/** The table. */
export const IMPORT_RULES: readonly ImportRule[] = [
  {
    name: 'a scheme sees scheme.ts, the ground files and its own folder',
    from: /^shared\/schemes\/([^/]+)\//,
    may: new RegExp(`^(node:crypto|shared/schemes/scheme\\.ts|${SCHEME}.*|${GROUND})$`),
  },
  {
    name: 'the scheme contract sees the ground files',
    from: /^shared\/schemes\/[^/]+\.ts$/,
    may: new RegExp(`^(node:crypto|${GROUND})$`),
  },
  {
    name: 'the exchange sees the scheme contract, never a scheme',
    from: /^shared\/exchange\//,
    may: new RegExp(`^(node:crypto|shared/schemes/scheme\\.ts|shared/exchange/[^/]+|${GROUND})$`),
  },
  {
    name: 'mediation sees the scheme contract, never a scheme',
    from: /^shared\/mediation\//,
    may: new RegExp(`^(node:crypto|shared/schemes/scheme\\.ts|shared/mediation/[^/]+|${GROUND})$`),
  },
  {
    name: 'the ground files see each other and the packages they wrap',
    from: /^shared\/([^/]+|wire\/[^/]+)$/,
    may: new RegExp(
      `^(node:crypto|node:util|bencode|parse-torrent|smol-toml|node-forge/lib/asn1\\.js|` +
        `${GROUND})$`,
    ),
  },
  {
    name: 'only wire/bencode.ts imports bencode',
    from: /^(shared|client|tracker)\/(?!wire\/bencode\.ts)/,
    never: /^bencode$/,
  },
  {
    name: 'only settings.ts imports smol-toml',
    from: /^(shared|client|tracker)\/(?!settings\.ts$)|^(client|tracker)\//,
    never: /^smol-toml$/,
  },
  {
    name: 'only certificate-der.ts imports node-forge, and of it asn1 alone',
    from: /^(client|tracker|shared)\/(?!certificate-der\.ts)/,
    never: /^node-forge/,
  },
  { name: 'shared sees neither program', from: /^shared\//, never: /^(client|tracker|test)\// },
  { name: 'the client never sees the tracker', from: /^client\//, never: /^(tracker|test)\// },
  { name: 'the tracker never sees the client', from: /^tracker\//, never: /^(client|test)\// },
  {
    name: 'the engine sees neither schemes nor exchange nor pay',
    from: /^client\/engine\//,
    never: /^(shared\/schemes\/|shared\/exchange\/|client\/(?!engine\/|net\/))/,
  },
  {
    name: 'the net sees sockets and ground files',
    from: /^client\/net\//,
    never: /^(shared\/schemes\/|shared\/exchange\/|client\/(?!net\/))/,
  },
  {
    name: 'views import nothing of the client but views and the forms of the local API',
    from: /^client\/ui\//,
    never: new RegExp(`^(client/(?!ui/|${FORMS})|shared/(schemes|exchange|wire)/)`),
  },
  {
    name: 'the forms of the local API see the ground files and each other',
    from: /^client\/local\/(transfer-rows|rows|calls|records|local-api)\.ts$/,
    may: new RegExp(`^(client/${FORMS}|${GROUND})$`),
  },
  {
    name: 'what earn chooses by sees amounts, ids and itself',
    from: /^client\/earn\/(forecast|chooser|hours|traffic|background)\.ts$/,
    may: new RegExp(`^(client/earn/(forecast|chooser|hours|traffic|background)\\.ts|${GROUND})$`),
  },
  {
    name: 'only client/ui imports blessed',
    from: /^(client\/(?!ui\/)|shared\/|tracker\/)/,
    never: /^blessed(\/|$)/,
  },
  {
    name: 'the demo runs the programs and imports none of their parts',
    from: /^client\/demo\//,
    never: /^client\/(?!demo\/|ui\/)/,
  },
  {
    name: 'only tracker/http imports express',
    from: /^(?!tracker\/http\/)/,
    never: /^express$/,
  },
  {
    name: "SQLite belongs to the tracker's store, its auditor and the wallet",
    from: /^(client|shared|tracker)\/(?!store[^/]*\.ts$|sql\.ts$|pay\/wallet\/|audit\/)/,
    never: /^better-sqlite3$/,
  },
  {
    name: 'the auditor sees SQLite, OpenSSL and itself',
    from: /^tracker\/audit\//,
    may: /^(better-sqlite3|node:crypto|tracker\/audit\/[^/]+)$/,
  },
  {
    name: 'only the tables in the two main.ts name a scheme',
    from: NAMES_NO_SCHEME,
    never: new RegExp(`^${SCHEME}`),
  },
  {
    name: 'no test imports another test',
    from: /^test\//,
    never: /\.test\.ts$/,
  },
]

/** What a file imports against a rule. */
export function brokenImports(rule: ImportRule, source: Source): string[] {
  if (!rule.from.test(source.path)) return []
  const own = /^shared\/schemes\/([^/]+)\//.exec(source.path)?.[1]
  return importsOf(source).filter((target) => {
    const scheme = /^shared\/schemes\/([^/]+)\//.exec(target)?.[1]
    if (own !== undefined && scheme !== undefined && scheme !== own) return true
    return rule.may?.test(target) === false || rule.never?.test(target) === true
  })
}

/**
 * What a source file may look like: its size, its names, the calls that it must leave alone.
 *
 * Functions of at most 60 lines, default exports and import cycles are the linter's (biome.json);
 * what it cannot say stands here.
 */
import { codeOf, type Source } from './source.js'

/** One rule about the text of files; `offences` gives a line for each thing that breaks it. */
export interface TextRule {
  readonly name: string
  readonly offences: (source: Source) => readonly string[]
}

const LINES_MAX_COUNT = 300
const COLUMNS_MAX_COUNT = 100

/** Lines of the code (comments left out) in which a pattern stands. */
function find(source: Source, pattern: RegExp): string[] {
  return codeOf(source)
    .split('\n')
    .flatMap((line, index) => (pattern.test(line) ? [`${index + 1}: ${line.trim()}`] : []))
}

/** A rule that forbids a pattern in the code of the files that `where` matches. */
function banned(name: string, where: RegExp, pattern: RegExp): TextRule {
  return { name, offences: (source) => (where.test(source.path) ? find(source, pattern) : []) }
}

/** Clocks, randomness, timers and the process: all are passed in to shared/ (design D16). */
const OUTSIDE = new RegExp(
  [
    String.raw`\b(Date\.now|new Date\(\)|performance\.|Math\.random)`,
    String.raw`\b(random(Bytes|UUID|Int|Fill(Sync)?)|getRandomValues|generateKey(Pair)?(Sync)?)\b`,
    String.raw`\b(set(Timeout|Interval|Immediate)|queueMicrotask|nextTick)\b`,
    String.raw`\b(fetch\(|console\.|process\.)`,
  ].join('|'),
)

/** Words that leave work for later, written so that this line is not one of them. */
const REMINDER = new RegExp(
  String.raw`\b(${['TO', 'DO'].join('')}|FIX${'ME'}|X${'XX'}|HA${'CK'})\b`,
)

/** How what opens money or homes is called here. */
const SECRET = String.raw`\b\w*([tT]okens?|[sS]ecret|[sS]eed|[pP]ass(phrase|word)|[pP]rivateKey)\b`

/** Calls that compare byte strings and stop where they differ, with whatever they are given. */
const COMPARISON = /(?:(?<![\w.])equal|[\w.()]+\.(?:equals|compare))\((?:[^()]|\([^()]*\))*\)/g

/** `===` between secrets; that one is missing or of a length is no comparison. */
const IDENTITY = new RegExp(
  [
    String.raw`${SECRET}\s*[!=]==(?!\s*(undefined|null|true|false|['"\d]))`,
    String.raw`[!=]==\s*(\w+\.)*${SECRET}(?![.(])`,
  ].join('|'),
)

/** Comparisons of secrets whose time tells where they differ. */
function comparedSecrets(source: Source): string[] {
  const calls = [...codeOf(source).matchAll(COMPARISON)].map(([call]) => call)
  return [...calls.filter((call) => new RegExp(SECRET).test(call)), ...find(source, IDENTITY)]
}

/** Calls by which rows of the ledger change. */
const LEDGER_WRITES =
  /\.(insertCommit|insertTransfers|openAccount|addTotals|keepAnswer|setSpent|setSettled|setPaid)\(/

/** The rules. */
export const TEXT_RULES: readonly TextRule[] = [
  {
    name: `at most ${LINES_MAX_COUNT} lines`,
    offences: ({ text }) => {
      const lines = text.split('\n').length - 1
      return lines > LINES_MAX_COUNT ? [`${lines} lines`] : []
    },
  },
  {
    name: `at most ${COLUMNS_MAX_COUNT} columns`,
    offences: ({ text }) =>
      text.split('\n').flatMap((line, index) => {
        const columns = [...line].length
        return columns > COLUMNS_MAX_COUNT ? [`${index + 1}: ${columns} columns`] : []
      }),
  },
  {
    name: 'no folder or file named for want of an idea',
    offences: ({ path }) =>
      /(^|[/.-])(utils?|helpers?|common|managers?|misc)([/.-]|$)/i.test(path) ? [path] : [],
  },
  {
    name: 'no declaration named for want of an idea',
    offences: (source) =>
      find(
        source,
        /\b(class|interface|type|function|const)\s+\w*(Manager|[Hh]elpers?|[Uu]tils?)\b/,
      ),
  },
  {
    name: 'no reminders left in the text',
    offences: ({ text }) =>
      text.split('\n').flatMap((line, index) => (REMINDER.test(line) ? [`${index + 1}`] : [])),
  },
  banned('no default export', /^(?!.*\.d\.ts$)/, /\bexport\s+default\b/),
  banned('no barrel', /./, /^\s*export\s+(\*|(type\s+)?\{[^}]*\})\s*(as\s+\w+\s+)?(from\b|\*)/),
  banned('every test of a suite runs', /^test\/(?!house\/)/, /\b(test|it|describe)\.(only|skip)\(/),
  banned(
    'a test waits by until, which ends and says what never came',
    /^test\//,
    /\b(while|for) \(.*\) await (wait|sleep|new Promise)\b/,
  ),
  banned('shared/ is pure', /^shared\//, OUTSIDE),
  banned(
    'secrets are compared by crypto.equalSecret',
    /^(?!shared\/crypto\.ts$|test\/)/,
    /timingSafe/,
  ),
  {
    name: 'no secret is compared in another way',
    offences: (source) => (source.path.startsWith('test/') ? [] : comparedSecrets(source)),
  },
  banned('only tracker/ledger.ts moves money', /^tracker\/(?!ledger\.ts$)/, LEDGER_WRITES),
  banned(
    'only the store holds SQL that changes the ledger',
    /^(client|shared|tracker)\/(?!store)/,
    /\b(INSERT INTO|UPDATE|DELETE FROM)\s+(transfers|accounts|commits)\b/i,
  ),
  banned(
    'one exit per program: process.exit in main.ts alone',
    /^(client|shared|tracker)\/(?!(demo\/)?main\.ts$)/,
    /\bprocess\.exit(Code)?\b/,
  ),
]

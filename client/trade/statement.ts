/**
 * What a provider says of every posting of our account, read by pages, added up, and held against
 * the wallet to the unit.
 */
import { type Refusal, refuse, refused } from '../../shared/errors.js'
import type { Cid, Fingerprint, Rid } from '../../shared/identifier.js'
import { addUp, type Holdings, type PostingLine, sameHoldings } from '../../shared/statement.js'
import { creditsOf } from '../pay/maturing.js'
import { type Provider, uidOf } from '../pay/provider.js'
import type { Wallet } from '../pay/wallet/wallet.js'

/** All postings of an account, and what they come to. */
export interface Statement {
  /** In the order of the provider's commits. */
  readonly lines: readonly PostingLine[]
  readonly holdings: Holdings
}

/** Statements as far as this process has read them: only what is new is asked for again. */
export class Statements {
  readonly #kept = new Map<Fingerprint, readonly PostingLine[]>()
  readonly #turns = new Map<Fingerprint, Promise<unknown>>()

  /** Reads the statement of an account. Refusals: those of the call, statement-wrong. */
  read(provider: Provider): Promise<Statement | Refusal> {
    const { fingerprint } = provider.row
    const before = this.#turns.get(fingerprint) ?? Promise.resolve()
    const turn = before.then(() => this.#read(provider))
    this.#turns.set(
      fingerprint,
      turn.catch(() => undefined),
    )
    return turn
  }

  async #read(provider: Provider): Promise<Statement | Refusal> {
    const { fingerprint } = provider.row
    const known = this.#kept.get(fingerprint) ?? []
    const read = await readFrom(provider, known)
    // A provider that came back from a backup may have other postings under the same numbers.
    const again = refused(read) && read.code === 'statement-wrong' && known.length > 0
    const statement = again ? await readFrom(provider, []) : read
    if (!refused(statement)) this.#kept.set(fingerprint, statement.lines)
    return statement
  }
}

async function readFrom(
  provider: Provider,
  known: readonly PostingLine[],
): Promise<Statement | Refusal> {
  const uid = uidOf(provider.row)
  const lines = [...known]
  for (;;) {
    const after = lines.at(-1)?.number ?? 0
    const answer = await provider.call('postings', { after })
    if (refused(answer)) return answer
    const { body } = answer
    const forward = body.lines.every(({ number }) => number > after)
    if (body.uid !== uid || !forward || (body.more === 1 && body.lines.length === 0)) {
      return refuse('statement-wrong', 'a page of the statement is not the one that was asked for')
    }
    lines.push(...body.lines)
    if (body.more === 1) continue
    const holdings = addUp(uid, lines)
    if (refused(holdings)) return holdings
    if (sameHoldings(holdings, body)) return { lines, holdings }
    return refuse('statement-wrong', 'the postings do not come to what the account holds')
  }
}

/** What one grant cost or one grant's claims brought, where both sides say something else. */
export interface Difference {
  readonly what: 'bought' | 'claimed'
  readonly rid: Rid
  readonly cid: Cid | undefined
  readonly statement: bigint
  readonly wallet: bigint
}

type Sums = Pick<Wallet, 'summary'>

/** Adds up by grant. */
function sumsOf(
  lines: readonly PostingLine[],
  kind: 'purchase' | 'claim',
): Map<Rid, { amount: bigint; cid: Cid | undefined }> {
  const sums = new Map<Rid, { amount: bigint; cid: Cid | undefined }>()
  for (const line of lines) {
    if (line.kind !== kind || line.rid === undefined) continue
    const before = sums.get(line.rid)?.amount ?? 0n
    sums.set(line.rid, { amount: before + line.amount, cid: line.cid })
  }
  return sums
}

/**
 * Holds a statement against the wallet, grant by grant; empty when both say the same to the unit.
 * Claims and purchases without an answer may be in the statement alone, as long as there are some.
 */
export function differences(
  { summary }: Sums,
  provider: Fingerprint,
  { lines }: Pick<Statement, 'lines'>,
): Difference[] {
  const found: Difference[] = []
  const compare = (
    what: Difference['what'],
    said: ReturnType<typeof sumsOf>,
    own: ReadonlyMap<Rid, bigint>,
    underWay: boolean,
  ): void => {
    for (const rid of new Set([...said.keys(), ...own.keys()])) {
      const statement = said.get(rid)?.amount ?? 0n
      const wallet = own.get(rid) ?? 0n
      if (statement === wallet || (underWay && statement > wallet)) continue
      found.push({ what, rid, cid: said.get(rid)?.cid, statement, wallet })
    }
  }
  const bought = new Map(summary.purchases(provider).map(({ price, rid }) => [rid, price]))
  compare('bought', sumsOf(lines, 'purchase'), bought, summary.ordering(provider) > 0)
  const credits = creditsOf(summary.answers(provider), provider)
  compare('claimed', sumsOf(lines, 'claim'), credits, summary.underWay(provider) > 0)
  return found
}

/**
 * Whether a provider's statement says the same as the wallet of every purchase and claim; undefined
 * when it cannot be told now: it was not read, or something is under way or was answered meanwhile.
 */
export async function agreement(
  wallet: Sums,
  provider: Provider,
  statements: Statements,
): Promise<boolean | undefined> {
  const { fingerprint } = provider.row
  const { summary } = wallet
  const state = (): string => {
    const counts = [summary.ordering(fingerprint), summary.underWay(fingerprint)]
    return [...counts, summary.purchases(fingerprint).length, summary.credited(fingerprint)].join()
  }
  const before = state()
  if (!before.startsWith('0,0,')) return undefined
  const statement = await statements.read(provider)
  if (refused(statement)) return statement.code === 'statement-wrong' ? false : undefined
  const same = differences(wallet, fingerprint, statement).length === 0
  return state() === before ? same : undefined
}

/**
 * The tracker's own ledger on a database file, as the contract suite uses it.
 *
 * Settlements go through tracker/ledger.ts, so what a broker proposes meets the same refusals as in
 * service. Every commit has a new key: a law must hold without the help of idempotency.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Account, FUNDING, spendable } from '../../shared/account.js'
import type { Amount } from '../../shared/amount.js'
import { fromText } from '../../shared/bytes.js'
import { sha256 } from '../../shared/crypto.js'
import { must, type Refusal, refused } from '../../shared/errors.js'
import type { PieceIndex, Rid, Uid } from '../../shared/identifier.js'
import { rawPublicKey } from '../../shared/keys.js'
import type { GrantFacts, Progress, Settlement } from '../../shared/schemes/scheme.js'
import { emptyBitmap, hasPiece, withPieces } from '../../tracker/bitmap.js'
import { balanceOf, type CommitRequest, commit, commitKey } from '../../tracker/ledger.js'
import type { GrantRow, Rows, Store } from '../../tracker/rows.js'
import { openStore } from '../../tracker/store.js'
import { NOW_MS, type Party } from './provider.js'

const NOTHING = new Uint8Array(0)

/** Where a seller stands with a grant. */
export interface Standing {
  readonly settled: Progress | undefined
  readonly spentTo: (piece: PieceIndex) => Uid | undefined
}

/** A database of its own; close removes it. */
export class Books {
  readonly #folder = mkdtempSync(join(tmpdir(), 'floodgate-contract-'))
  readonly #store: Store = must(openStore(join(this.#folder, 'tracker.sqlite')))
  #commits = 0

  close(): void {
    this.#store.close()
    rmSync(this.#folder, { recursive: true })
  }

  /** A name that no grant has had yet. */
  freshName(): string {
    return `grant ${++this.#commits}`
  }

  async balance(account: Account): Promise<bigint> {
    return this.#store.read(async (rows) => balanceOf(await rows.ledger.account(account)))
  }

  /** Funds the buyer and commits what the broker wants for its grant. */
  async buy(
    facts: GrantFacts,
    { buyer, price, settlement }: { buyer: Party; price: Amount; settlement: Settlement },
  ): Promise<Refusal | undefined> {
    return this.#store.write(async (rows) => {
      const topUp = { debit: FUNDING, credit: spendable(buyer.uid), amount: price }
      must(await commit(rows, this.#request('topup', [topUp])))
      const row = await draftGrant(rows, facts, buyer)
      const alongside = async (bought: number): Promise<undefined> => {
        await rows.grants.insert({ ...row, bought })
      }
      const done = await commit(rows, {
        ...this.#request('purchase', settlement.transfers),
        alongside,
      })
      return refused(done) ? done : undefined
    })
  }

  /** What the tracker knows of a seller and a grant when a claim comes in. */
  async standing(rid: Rid, seller: Party): Promise<Standing> {
    return this.#store.read(async (rows) => {
      const grant = await grantRow(rows, rid)
      const owners: { pieces: Uint8Array; uid: Uid | undefined }[] = []
      for (const claim of await rows.claims.ofGrant(grant.id)) {
        owners.push({ pieces: claim.pieces, uid: (await rows.members.byId(claim.seller))?.uid })
      }
      const member = await rows.members.byUid(seller.uid)
      return {
        settled: member && (await rows.grants.settled(grant.id, member.id)),
        spentTo: (piece) => owners.find(({ pieces }) => hasPiece(pieces, piece))?.uid,
      }
    })
  }

  /** Commits what the broker wants for a claim; the ledger's refusal when it refuses. */
  async settle(
    facts: GrantFacts,
    {
      seller,
      from,
      settlement,
    }: { seller: Party; from: Progress | undefined; settlement: Settlement },
  ): Promise<Refusal | undefined> {
    const { spends: pieces, settled: to, transfers } = settlement
    return this.#store.write(async (rows) => {
      const grant = await grantRow(rows, facts.rid)
      const member = await memberRow(rows, seller)
      const spend = { grant, pieceCount: facts.pieces, seller: member, pieces, from, to }
      const amount = transfers.reduce((sum, each) => sum + each.amount, 0n) as Amount
      const spent = withPieces(emptyBitmap(facts.pieces), pieces)
      const row = { grant: grant.id, seller: member, due: NOW_MS, amount, pieces: spent }
      const alongside = async (made: number): Promise<undefined> => {
        await rows.claims.insert({ ...row, commit: made, claim: NOTHING })
      }
      const request = { ...this.#request('claim', transfers), spends: [spend], alongside }
      const done = await commit(rows, request)
      return refused(done) ? done : undefined
    })
  }

  #request(kind: CommitRequest['kind'], transfers: CommitRequest['transfers']): CommitRequest {
    return { key: commitKey(kind, `${++this.#commits}`), kind, at: NOW_MS, transfers }
  }
}

async function grantRow(rows: Rows, rid: Rid): Promise<GrantRow> {
  const grant = await rows.grants.byRid(rid)
  if (grant === undefined) throw new Error(`no grant ${rid}`)
  return grant
}

async function memberRow(rows: Rows, { name, uid, publicKey }: Party): Promise<number> {
  const known = await rows.members.byUid(uid)
  if (known !== undefined) return known.id
  return rows.members.insert({ uid, key: rawPublicKey(publicKey), name, registered: NOW_MS })
}

type Draft = Parameters<Rows['grants']['insert']>[0]

async function draftGrant(
  rows: Rows,
  facts: GrantFacts,
  buyer: Party,
): Promise<Omit<Draft, 'bought'>> {
  const { cid, rid, issued, spendUntil, claimUntil } = facts
  if ((await rows.catalog.byCid(cid)) === undefined) {
    const digest = sha256(fromText(cid))
    const terms = await rows.catalog.insertTerms({ digest, says: digest, signed: NOTHING })
    const content = { cid, name: 'content', size: 1, files: 1, terms, published: NOW_MS }
    await rows.catalog.putContent(content, NOTHING)
  }
  const content = await rows.catalog.byCid(cid)
  if (content === undefined) throw new Error('the content was put')
  return {
    rid,
    buyer: await memberRow(rows, buyer),
    content: content.id,
    terms: content.terms,
    seed: NOTHING,
    ask: NOTHING,
    issued,
    spendUntil,
    claimUntil,
    heldDue: undefined,
    only: undefined,
  }
}

/**
 * A provider, members with certificates, and one content for sale: what two pay gates need to trade
 * over real sockets, without a tracker in between.
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Gate } from '../../client/engine/gate.js'
import type { PayEvent } from '../../client/pay/pay-event.js'
import { createPayGate, type PayGate } from '../../client/pay/paygate.js'
import { RevocationBook } from '../../client/pay/revocations.js'
import type { BoughtRow } from '../../client/pay/wallet/grants.js'
import { openWallet, type Wallet } from '../../client/pay/wallet/wallet.js'
import type { PayGateOptions } from '../../client/pay/world.js'
import { type Amount, amount } from '../../shared/amount.js'
import { PeerList, Revocations } from '../../shared/api.js'
import { fromHex, fromText } from '../../shared/bytes.js'
import {
  type CertificateDraft,
  makeCertificate,
  readCertificate,
} from '../../shared/certificate.js'
import { sha256, signString } from '../../shared/crypto.js'
import { must } from '../../shared/errors.js'
import type { PieceIndex, Rid } from '../../shared/identifier.js'
import { privateKeyFromSeed, rawPublicKey } from '../../shared/keys.js'
import type { GrantFacts, Scheme } from '../../shared/schemes/scheme.js'
import { encode } from '../../shared/wire/record.js'
import {
  FINGERPRINT,
  KEYRING,
  NOW_MS,
  named,
  type Party,
  PROVIDER,
  party,
} from '../contract/provider.js'
import {
  type Content,
  folder,
  type Node,
  resources,
  startNode,
  writeContent,
} from '../engine-content.js'

const keyOf = (name: string) => privateKeyFromSeed(sha256(fromText(`key of ${name}`)))
const DAY_MS = 86_400_000
const ISSUING_KEY = keyOf('issuing')
/** The provider's issuing certificate (DER). */
export const ISSUING = makeCertificate({
  kind: 'issuing',
  issuer: must(readCertificate(KEYRING.root)),
  serial: new Uint8Array(16).fill(7),
  ...{ notBeforeMs: NOW_MS - DAY_MS, notAfterMs: NOW_MS + 100 * DAY_MS },
  publicKey: rawPublicKey(ISSUING_KEY),
  issuerKey: keyOf('root'),
})

/** The certificate of a member, under the provider's issuing certificate; bent where asked. */
export function certify(member: Party, bent: Partial<CertificateDraft> = {}): Uint8Array {
  return makeCertificate({
    kind: 'member',
    issuer: must(readCertificate(ISSUING)),
    uid: member.uid,
    serial: sha256(fromText(member.name)).slice(0, 16),
    ...{ notBeforeMs: NOW_MS - DAY_MS, notAfterMs: NOW_MS + DAY_MS },
    publicKey: rawPublicKey(member.publicKey),
    issuerKey: ISSUING_KEY,
    ...bent,
  } as CertificateDraft)
}

/** What a market may be set to. */
export interface MarketSetting {
  readonly n?: number
  readonly b?: number
  readonly requestTimeoutMs?: number
  /** How long tokens can be spent; an hour when absent. */
  readonly spendMs?: number
}

/** One content for sale under one scheme. */
export class Market {
  readonly #lists = new Map<Rid, number>()
  readonly content: Content
  readonly scheme: Scheme
  readonly #setting: MarketSetting
  readonly startedAt = performance.now()
  /** Added to the clock of everyone. */
  aheadMs = 0

  constructor(content: Content, scheme: Scheme, setting: MarketSetting = {}) {
    this.content = content
    this.scheme = scheme
    this.#setting = setting
  }

  /** The tracker's time. */
  get now(): number {
    return Math.floor(NOW_MS + performance.now() - this.startedAt + this.aheadMs)
  }

  get reward(): Amount {
    return amount(100n)
  }

  /** Facts of a buyer's grant: of the whole content, or of these pieces alone. */
  facts(buyer: Party, only?: readonly number[]): GrantFacts {
    const { cid, pieceCount } = this.content.metainfo
    const { n = 2, b = 4, spendMs = 3_600_000 } = this.#setting
    const covers = only === undefined ? {} : { only: only as readonly PieceIndex[] }
    const issued = only === undefined ? NOW_MS : NOW_MS + 1
    return {
      rid: named(`grant of ${buyer.name}${only === undefined ? '' : ` for ${only}`}`, 16) as Rid,
      ...{ cid, buyer: buyer.uid, pieces: pieceCount, reward: this.reward, n, b, ...covers },
      ...{ issued, spendUntil: NOW_MS + spendMs, claimUntil: NOW_MS + 2 * spendMs },
    }
  }

  /** What a broker needs to issue, and later to judge, a buyer's grant. */
  issueContext(buyer: Party, only?: readonly number[]) {
    const facts = this.facts(buyer, only)
    const seed = sha256(fromText(`seed of ${facts.rid}`))
    const price = amount(facts.reward * BigInt(facts.pieces) + 1000n)
    return { facts, price, order: this.scheme.payer.order(), seed, signer: PROVIDER }
  }

  /** A signed peer list of a buyer's grant, newer than the last. */
  list(buyer: Party, sellers: readonly Party[], only?: readonly number[]): Uint8Array {
    const { rid, cid } = this.facts(buyer, only)
    const number = (this.#lists.get(rid) ?? 0) + 1
    this.#lists.set(rid, number)
    const list = {
      ...{ rid, cid, buyer: buyer.uid, number, time: NOW_MS + this.aheadMs },
      signer: PROVIDER.certificate,
      sellers: sellers.map(({ uid }) => ({ uid, host: '127.0.0.1', port: 1 })),
    }
    return signString('peers', encode(PeerList, list), PROVIDER)
  }

  /** A signed list of revoked certificates as of now. */
  revocations(number: number, leaves: readonly Uint8Array[] = []): Uint8Array {
    const serials = leaves.map((leaf) => fromHex(must(readCertificate(leaf)).serial) as Uint8Array)
    const list = { number, time: this.now, signer: PROVIDER.certificate, serials }
    return signString('revocations', encode(Revocations, list), PROVIDER)
  }
}

/** A member at work: wallet, gate and swarm on a real socket. */
export interface Trader extends Node {
  readonly party: Party
  readonly wallet: Wallet
  readonly revocations: RevocationBook
  readonly events: PayEvent[]
  readonly folder: string
  readonly setPeers: (sellers: readonly Party[]) => void
  readonly gate: PayGate
}

/** What a trader may be given. */
export interface TraderSetting {
  /** Sellers on its list; a trader without a list only sells. */
  readonly buysFrom?: readonly Party[]
  readonly hasAll?: boolean
  /** Keeps wallet and files of an earlier trader of this name. */
  readonly folder?: string
  readonly options?: Partial<PayGateOptions>
  /** Fetches in the order of the content. */
  readonly sequential?: boolean
  /** Most bytes per second that it sends: what is still under way when somebody acts. */
  readonly upLimit?: number
  /** Pieces whose blocks it never sends, without a word. */
  readonly silentAbout?: readonly number[]
  /** Gets no list of revoked certificates. */
  readonly trackerAway?: boolean
}

const PINNED = {
  ...{ fingerprint: FINGERPRINT, url: 'http://127.0.0.1:1', name: 'Provider', currency: 'credit' },
  ...{ root: KEYRING.root, issuing: ISSUING, signing: KEYRING.certificates()[0] as Uint8Array },
  ...{ seal: new Uint8Array(32), memberName: 'member', clockOffset: 0 },
}

/** Starts a member of the market. */
export async function startTrader(
  t: TestContext,
  market: Market,
  name: string,
  setting: TraderSetting = {},
): Promise<Trader> {
  const member = party(name)
  const home = setting.folder ?? (await folder(t))
  if (setting.hasAll === true) await writeContent(market.content, home)
  const wallet = openWallet(join(home, 'wallet.db'), sha256(fromText(`wallet of ${name}`)))
  wallet.providers.put(PINNED)
  const trackerNow = () => market.now
  const pinned = { wallet, fingerprint: FINGERPRINT, keyring: KEYRING }
  const revocations = new RevocationBook({ ...pinned, trackerNow })
  const due = setting.trackerAway !== true && revocations.isDue(0)
  if (due) must(revocations.take(market.revocations(0)))
  const events: PayEvent[] = []
  let node: Node | undefined
  const { pieceCount } = market.content.metainfo
  const grants = setting.buysFrom === undefined ? [] : [bought(market, member, setting.buysFrom)]
  const { signer, uid } = member
  const gate = createPayGate({
    ...{ wallet, keyring: KEYRING, scheme: market.scheme },
    identity: { uid, leaf: certify(member), issuing: ISSUING, signer },
    metainfo: market.content.metainfo,
    grants,
    has: (piece) => node?.swarm.has(piece) === true,
    missing: () => pieceCount - (node?.swarm.stats().have ?? 0),
    random: (bytes) => new Uint8Array(randomBytes(bytes)),
    trackerNow,
    revocations,
    requestTimeoutMs: 30_000,
    announceAgain: () => {},
    told: (event) => events.push(event),
    failed: (error) => {
      throw error
    },
    ...setting.options,
  })
  const silent = new Set<number>(setting.silentAbout)
  const heard: Gate = {
    ...gate,
    open: (connection, act) =>
      gate.open(connection, (action) => {
        if (action.do !== 'serve' || !silent.has(action.block.piece)) act(action)
      }),
  }
  const started = await startNode(t, market.content, home, {
    gate: silent.size === 0 ? gate : heard,
    sequential: setting.sequential === true,
    resources: resources(setting.upLimit),
  })
  node = started
  t.after(() => wallet.close())
  const setPeers = (sellers: readonly Party[]) =>
    gate.setPeers(market.facts(member).rid, market.list(member, sellers))
  return {
    ...{ swarm: started.swarm, port: started.port, stop: started.stop },
    ...{ party: member, wallet, revocations, events, folder: home, setPeers, gate },
    get done() {
      return started.done
    },
  }
}

/** A grant as its buyer's wallet holds it: of the whole content, or of these pieces alone. */
export function bought(
  market: Market,
  member: Party,
  sellers: readonly Party[],
  only?: readonly number[],
): BoughtRow {
  const context = market.issueContext(member, only)
  const { issued } = must(market.scheme.broker.issue(context))
  const { rid, cid } = context.facts
  const peers = market.list(member, sellers, only)
  const row = { rid, fingerprint: FINGERPRINT, cid, scheme: market.scheme.name }
  return { ...row, ...issued, peers, price: context.price, time: context.facts.issued }
}

/** Pieces a trader earned from a buyer, in payment order. */
export function earnedFrom(seller: Trader, market: Market, buyer: Party): PieceIndex[] {
  const { rid } = market.facts(buyer)
  return seller.wallet
    .history(FINGERPRINT)
    .seller(rid, buyer.uid)
    .paid.map(({ piece }) => piece)
}

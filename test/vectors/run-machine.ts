/**
 * Runs the steps of a trade through the exchange's two machines.
 */
import type { Code } from '../../shared/errors.js'
import { isCode, must, refuse } from '../../shared/errors.js'
import { newBuyer, stepBuyer } from '../../shared/exchange/buyer.js'
import type { BuyerHistory, BuyerInput } from '../../shared/exchange/buyer-state.js'
import type { Debtor } from '../../shared/exchange/debtor.js'
import type { Effect } from '../../shared/exchange/exchange.js'
import { newSeller, stepSeller } from '../../shared/exchange/seller.js'
import type { SellerHistory, SellerInput } from '../../shared/exchange/seller-state.js'
import type { PieceIndex } from '../../shared/identifier.js'
import { pieceHash, pieceSize } from '../../shared/metainfo.js'
import { payee } from '../../shared/schemes/floodgate/payee.js'
import { payer } from '../../shared/schemes/floodgate/payer.js'
import { decodeMessage, encodeMessage, openBody } from '../../shared/wire/messages.js'
import type { RefusedBy } from './run.js'
import { hex, type Json, type JsonObject, json } from './vector.js'
import {
  alice,
  bob,
  buyer,
  CID,
  METAINFO,
  type Member,
  PROVIDER,
  PURSE,
  RID,
  ring,
} from './world.js'

const MEMBERS: Readonly<Record<string, Member>> = { buyer, alice, bob }
const member = (name: Json | undefined): Member => MEMBERS[name as string] as Member
const numbers = (value: Json | undefined): PieceIndex[] => (value ?? []) as unknown as PieceIndex[]

function surroundings(input: JsonObject, has: (piece: PieceIndex) => boolean) {
  const [self, peer] = [member(input.self), member(input.peer)]
  return {
    ...{ self: self.uid, signer: self.signer, peer: { uid: peer.uid, key: peer.key }, cid: CID },
    hashOf: (piece: PieceIndex) => pieceHash(METAINFO, piece),
    sizeOf: (piece: PieceIndex) => pieceSize(METAINFO, piece),
    has,
  }
}

const pagesOf = (pages: Json | undefined) =>
  ((pages ?? []) as readonly JsonObject[]).map(({ page, body }) => ({ page, body: hex(body) }))

/** A step's input as the machines take it. */
function inputOf(step: JsonObject) {
  const { code, on, now, message, piece, offset, length, pages, pieces, good } = step
  const read = message === undefined ? {} : { message: must(decodeMessage(hex(message))) }
  const block = { block: { piece, offset, length } }
  const given = { ...(code === undefined ? {} : { code }), pages: pagesOf(pages) }
  return { on, now, ...read, ...block, piece, good, pieces: numbers(pieces), ...given } as unknown
}

/** An effect as a vector writes it. */
function written(effect: Effect): Json {
  switch (effect.do) {
    case 'send':
      return { send: json(encodeMessage(effect.message)) }
    case 'save':
      return { save: json(effect.save) }
    case 'serve':
    case 'spare':
    case 'reject': {
      const { piece, offset, length } = effect.block
      return { [effect.do]: [piece, offset, length] }
    }
    case 'credit':
    case 'fetch':
    case 'free':
    case 'lost':
      return { [effect.do]: effect.piece }
    case 'pages':
      return { pages: effect.pieces as unknown as Json }
    default:
      return { [effect.do]: effect.code }
  }
}

/** The code by which the last step was refused, if it was. */
function refusedWith(effects: readonly Effect[], self: Member): Code | undefined {
  for (const effect of effects) {
    if (effect.do === 'close') return effect.code
    if (effect.do !== 'send') continue
    const { message } = effect
    if (message.name === 'retry' && isCode(message.code)) return message.code
    if (message.name !== 'refusal') continue
    const verifier = { fingerprint: self.signer.fingerprint, publicKey: self.key }
    const { code } = must(openBody('refusal', message.signed, verifier))
    if (isCode(code)) return code
  }
  return undefined
}

function outcome(steps: readonly (readonly Effect[])[], self: Member): Json | RefusedBy {
  const code = refusedWith(steps.at(-1) ?? [], self)
  const effects = steps.map((step) => step.map(written))
  return code === undefined ? { effects } : { refusal: refuse(code), rest: { effects } }
}

/** What an effect changes of the debtor, all else in the world as it was. */
function debtorAfter(debtor: Debtor, effect: Effect): Debtor {
  if (effect.do !== 'save') return debtor
  if (effect.save.kind === 'signed') return { ...debtor, strangers: undefined }
  return effect.save.kind === 'earned' ? { ...debtor, trust: effect.save.trust } : debtor
}

export function runSeller(input: JsonObject): Json | RefusedBy {
  const self = member(input.self)
  const lacks = new Set(numbers(input.lacks))
  const context = {
    ...surroundings(input, (piece) => !lacks.has(piece)),
    ...{ payee, scheme: 'floodgate', keyring: ring([PROVIDER.signing], input.now as number) },
    fetchesPages: input.fetchesPages === true,
    ending: input.ending as Code | undefined,
    debtor: () => debtor,
  }
  const books = input.books as JsonObject
  const given = books.debtor as JsonObject
  let debtor = { ...given, late: new Set(numbers(given.late)) } as unknown as Debtor
  const paid = (books.paid as readonly JsonObject[]).map(({ piece, token }) => ({
    ...{ piece: piece as unknown as PieceIndex, token: hex(token) },
  }))
  const payment = books.payment === undefined ? undefined : hex(books.payment)
  const pages = pagesOf(books.pages)
  const history = { ...books, paid, payment, pages } as unknown as SellerHistory
  let state = newSeller(RID)
  const steps: (readonly Effect[])[] = []
  for (const step of input.steps as readonly JsonObject[]) {
    const taken = { ...(inputOf(step) as object), history } as unknown as SellerInput
    const stepped = stepSeller(state, taken, context)
    state = stepped.state
    debtor = stepped.effects.reduce(debtorAfter, debtor)
    steps.push(stepped.effects)
  }
  return outcome(steps, self)
}

function historyOf(books: JsonObject): BuyerHistory {
  const { paid, counter, runs, withdrawn } = books
  return {
    ...{ paid: numbers(paid), counter: counter as number },
    runs: (runs as readonly JsonObject[]).map((run) => ({
      ...{ counter: run.counter as number, pieces: numbers(run.pieces), request: hex(run.request) },
    })),
    withdrawn: (withdrawn as readonly JsonObject[]).map((gone) => ({
      ...{ counter: gone.counter as number, pieces: numbers(gone.pieces) },
      withdrawal: hex(gone.withdrawal),
    })),
  }
}

export function runBuyer(input: JsonObject): Json | RefusedBy {
  const self = member(input.self)
  const books = historyOf(input.books as JsonObject)
  const held = new Set(numbers(input.has))
  const paid = new Set([...books.paid, ...numbers(input.paidElsewhere)])
  const context = {
    ...surroundings(input, (piece) => held.has(piece)),
    ...{ payer, purse: PURSE, scheme: 'floodgate', requestTimeoutMs: 30_000 },
    ...{ peers: hex(input.peers), signers: [PROVIDER.signing] },
    payable: (piece: PieceIndex) => !paid.has(piece),
    elsewhere: () => false,
  }
  let state = newBuyer(RID, books, context)
  if (state === undefined) throw new Error('books that do not fit the grant')
  const steps: (readonly Effect[])[] = []
  for (const step of input.steps as readonly JsonObject[]) {
    const given = inputOf(step) as BuyerInput
    const stepped = stepBuyer(state, given, context)
    state = stepped.state
    steps.push(stepped.effects)
    for (const effect of stepped.effects) {
      if (effect.do === 'save' && effect.save.kind === 'paid') paid.add(effect.save.piece)
    }
  }
  return outcome(steps, self)
}

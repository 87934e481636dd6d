/** A seller of the test's own making that goes to the desk with what a buyer signed. */
import { CaseAnswer, CasesAnswer } from '../../shared/cases.js'
import { unverifiedPayload } from '../../shared/crypto.js'
import { must } from '../../shared/errors.js'
import type { PieceIndex, Uid } from '../../shared/identifier.js'
import { MESSAGE_MAX_BYTES } from '../../shared/limits.js'
import { type Complaint, makeBundle } from '../../shared/mediation/bundle.js'
import { readEntry } from '../../shared/wire/channel.js'
import { type MessageOf, Request } from '../../shared/wire/messages.js'
import { decode } from '../../shared/wire/record.js'
import { decodeBody } from '../unit/tracker-member.js'
import type { Cheat } from './cheat.js'
import type { Line } from './line.js'
import type { Offered, Stage } from './stage.js'
import { type Manners, Vendor } from './vendor.js'

/** What a seller has in its hands of one buyer. */
export interface Grounds {
  readonly buyer: Uid
  readonly opening: Uint8Array
  /** The signed request, and what it says. */
  readonly request: Uint8Array
  readonly pieces: readonly PieceIndex[]
  readonly leaf: Uint8Array
  readonly issuing: Uint8Array
}

/** A vendor, and the grounds that its first buyer gives it. */
export interface Plaintiff {
  readonly vendor: Vendor
  readonly grounds: () => Promise<Grounds>
}

/** Opens a vendor that keeps what its buyers sign. */
export async function openPlaintiff(
  stage: Stage,
  sold: Offered,
  manners: Manners = {},
): Promise<Plaintiff> {
  let line: Line | undefined
  const vendor = await Vendor.open(stage, sold, {
    ...manners,
    message: (message, from, self) => {
      if (message.name === 'open') line = from
      return manners.message?.(message, from, self) ?? true
    },
  })
  const grounds = async (): Promise<Grounds> => {
    const [open, asked] = await Promise.all([vendor.until('open'), vendor.until('request')])
    if (line?.transcript === undefined) throw new Error('a buyer opened on no line')
    const { issuing, leaf } = must(readEntry(line.transcript.initiator.extended))
    return { ...requestIn(vendor, asked), opening: open.opening, leaf, issuing }
  }
  return { vendor, grounds }
}

function requestIn({ signer }: Vendor, { signed }: MessageOf<'request'>) {
  const { fingerprint } = signer
  const payload = must(unverifiedPayload('request', signed, fingerprint, MESSAGE_MAX_BYTES))
  const { buyer, pieces } = must(decode(Request, payload, MESSAGE_MAX_BYTES))
  return { buyer, pieces, request: signed }
}

/** The complaint of a cheat about some pieces, in a file; bent where the attack wants it. */
export function complaintOf(
  cheat: Cheat,
  sold: Offered,
  { buyer, issuing, leaf, opening, pieces, request }: Grounds,
  bent: Partial<Complaint> = {},
): Uint8Array {
  const { authority } = cheat.stage.tracker
  const { floodgate } = sold.metainfo
  if (floodgate === undefined) throw new Error('the content is sold')
  const payload = unverifiedPayload('request', request, cheat.signer.fingerprint, MESSAGE_MAX_BYTES)
  const { rid } = must(decode(Request, must(payload), MESSAGE_MAX_BYTES))
  const complaint = {
    ...{ kind: 'unpaid', time: Date.now(), plaintiff: cheat.uid, accused: buyer, rid },
    ...{ cid: sold.cid, pieces: pieces.slice(0, 1), terms: floodgate.terms, opening, request },
    ...bent,
  }
  const signing = authority.keyring.certificates().slice(-4)
  const members = { plaintiff: cheat.leaf, accused: leaf, issuing: [issuing] }
  return makeBundle(complaint, { root: authority.root, signing, ...members }, cheat.signer)
}

/** Files a complaint: its case, or the code of the refusal. */
export async function complain(cheat: Cheat, bundle: Uint8Array) {
  const reply = await cheat.send('complain', { ...cheat.head(), bundle })
  return reply.code === 'ok' ? decodeBody(CaseAnswer, reply.body) : reply.code
}

/** The cases of a cheat, as the desk tells it. */
export async function casesOf(cheat: Cheat) {
  const reply = await cheat.send('cases', cheat.head())
  return decodeBody(CasesAnswer, reply.body).cases
}

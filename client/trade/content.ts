/**
 * What a person means by TORRENT or CID: a torrent file, the wallet's copy, or the tracker's.
 *
 * Whether a content is paid is read from what its cid covers (design D10): neither a stripped
 * dictionary nor anything else around `info` makes a paid content a free one.
 */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Values, visible } from '../../shared/command.js'
import { type Code, Failure, must, type Refusal, refuse, refused } from '../../shared/errors.js'
import { type Cid, parseCid, parseFingerprint } from '../../shared/identifier.js'
import { METAINFO_MAX_BYTES } from '../../shared/limits.js'
import { type Metainfo, parseMetainfo } from '../../shared/metainfo.js'
import type { Scheme } from '../../shared/schemes/scheme.js'
import { isPaid, readTerms, type VerifiedTerms } from '../../shared/terms.js'
import { systemRefusal } from '../../shared/thrown.js'
import { type Customer, chooseProviders, providerOfMark, type WithoutHome } from '../customer.js'
import { type Home, noHome } from '../home.js'
import type { Provider } from '../pay/provider.js'

/** A torrent as it was read. */
export interface FreeContent {
  readonly paid: false
  readonly torrent: Uint8Array
  readonly metainfo: Metainfo
}

/** A paid torrent with its provider and verified terms. */
export interface PaidContent {
  readonly paid: true
  readonly torrent: Uint8Array
  readonly metainfo: Metainfo
  readonly provider: Provider
  readonly terms: VerifiedTerms
  readonly scheme: Scheme
}

export type Content = FreeContent | PaidContent

/** Providers by fingerprint, so that one process has one client of each. */
export type Providers = Map<string, Provider>

/** Finds the content that a person names; throws a Failure with what to do. */
export async function findContent(
  customer: Customer,
  values: Values,
  name: string,
  providers: Providers = new Map(),
): Promise<Content> {
  const cid = await cidOf(name)
  const path = resolve(customer.folder, name)
  if (refused(cid) || existsSync(path)) {
    if (refused(cid) && cid.code === 'torrent-invalid') throw new Failure(cid)
    const torrent = must(readTorrent(path, name))
    const metainfo = parseMetainfo(torrent)
    if (!refused(metainfo)) return openParsed(customer, torrent, metainfo, providers)
    throw new Failure(refuse(metainfo.code, `${visible(name)}: ${metainfo.message}`))
  }
  return contentOf(customer, values, cid, providers)
}

/**
 * What a verb says where there is no home yet and these contents are named: nothing when one of
 * them is a torrent of a free content, for which a home is made. Refusals: those of reading the
 * first torrent, else home-missing, also when none is named (a folder that is empty).
 */
export function withoutHome(folder: string, names: readonly string[]): WithoutHome {
  return (home) => {
    const problems = names.map((name) => unread(home, folder, name))
    return problems.includes(undefined) ? undefined : (problems[0] ?? noHome(home))
  }
}

/**
 * Why none of these names can be a content's, before a passphrase is asked for; undefined when one
 * can. Refusals: those of reading the first torrent.
 */
export function misnamed(folder: string, names: readonly string[]): Refusal | undefined {
  let first: Refusal | undefined
  for (const name of names) {
    const torrent = torrentNamed(folder, name)
    if (!refused(torrent)) return undefined
    first ??= torrent
  }
  return first
}

/** Why a content cannot be had without a home; undefined when it can. */
function unread(home: Home, folder: string, name: string): Refusal | undefined {
  const metainfo = torrentNamed(folder, name)
  if (refused(metainfo)) return metainfo
  return metainfo === undefined || isPaid(metainfo) ? noHome(home) : undefined
}

/** Whether a name is a content id or a magnet link, and no file. */
export function isId(folder: string, name: string): boolean {
  return !existsSync(resolve(folder, name)) && (isMagnet(name) || !refused(parseCid(name)))
}

/** What a torrent file says; undefined for a name that is an id. */
function torrentNamed(folder: string, name: string): Metainfo | undefined | Refusal {
  if (isId(folder, name)) return undefined
  const torrent = readTorrent(resolve(folder, name), name)
  return refused(torrent) ? torrent : parseMetainfo(torrent)
}

/** A content by its id: the wallet's copy, or the tracker's; throws a Failure with what to do. */
export async function contentOf(
  customer: Customer,
  values: Values,
  cid: Cid,
  providers: Providers,
): Promise<Content> {
  const kept = customer.wallet.contents.get(cid)
  if (kept !== undefined) return openTorrent(customer, kept.torrent, providers)
  const chosen = must(chooseProviders(customer, values))
  const asked = chosen.map((provider) => sameProvider(provider, providers))
  return openTorrent(customer, must(await torrentFrom(asked, cid)), providers)
}

/**
 * The torrent from the first provider that has it. Refusals: unknown-cid when all said so, else
 * what kept one of them from saying.
 */
async function torrentFrom(
  providers: readonly Provider[],
  cid: Cid,
): Promise<Uint8Array | Refusal> {
  const problems: Refusal[] = []
  for (const provider of providers) {
    const found = await provider.torrent(cid)
    if (!refused(found)) return found.bytes
    problems.push(found)
  }
  const [first = refuse('unknown-cid')] = problems
  if (problems.length < 2) return first
  const away = problems.find(({ code }) => code !== 'unknown-cid')
  const text = `none of your ${problems.length} providers has the content ${cid}; see search`
  return away ?? refuse('unknown-cid', text)
}

function isMagnet(text: string): boolean {
  return /^magnet:/i.test(text)
}

/**
 * The content that a text names: 40 hex digits, or a magnet link (BEP 9) to a provider's content.
 */
export async function cidOf(text: string): Promise<Cid | Refusal> {
  if (!isMagnet(text)) return parseCid(text)
  try {
    // Loaded only here: its dependencies would slow the start of every verb.
    const { default: parseTorrent } = await import('parse-torrent')
    const { infoHash = '' } = await parseTorrent(text)
    return parseCid(infoHash)
  } catch (error) {
    return refuse('torrent-invalid', `the magnet link cannot be read: ${(error as Error).message}`)
  }
}

function sameProvider(provider: Provider, providers: Providers): Provider {
  const { fingerprint } = provider.row
  const known = providers.get(fingerprint) ?? provider
  providers.set(fingerprint, known)
  return known
}

/** Reads a torrent file, up to the largest that one may be; `named` is what a person wrote. */
export function readTorrent(path: string, named = path): Uint8Array | Refusal {
  try {
    const info = statSync(path)
    if (!info.isFile()) throw new Error('not a file')
    if (info.size <= METAINFO_MAX_BYTES) return new Uint8Array(readFileSync(path))
    return refuse('too-large', `${path} is longer than a torrent may be`)
  } catch (error) {
    const message = systemRefusal(error)?.message ?? (error as Error).message
    const text = `"${visible(named)}" is neither a content id (40 hex digits) nor a torrent file`
    return refuse('not-readable', `${text} that can be read: ${message}`)
  }
}

/** Parses a torrent and, when it is a paid one, verifies its terms; throws a Failure. */
export async function openTorrent(
  customer: Customer,
  torrent: Uint8Array,
  providers: Providers = new Map(),
): Promise<Content> {
  return openParsed(customer, torrent, must(parseMetainfo(torrent)), providers)
}

async function openParsed(
  customer: Customer,
  torrent: Uint8Array,
  metainfo: Metainfo,
  providers: Providers,
): Promise<Content> {
  if (!isPaid(metainfo)) return { paid: false, torrent, metainfo }
  const mark = must(parseFingerprint(metainfo.source?.split(':')[1] ?? ''))
  const provider = sameProvider(must(providerOfMark(customer, mark)), providers)
  await provider.tellTime()
  const terms = readTerms(metainfo, provider.keyring)
  if (refused(terms)) throw new Failure(refuse(terms.code, advise(terms, metainfo.cid)))
  const scheme = customer.schemes.get(terms.scheme)
  if (scheme === undefined) {
    throw new Failure(refuse('unknown-scheme', `no payment scheme "${visible(terms.scheme)}" here`))
  }
  return { paid: true, torrent, metainfo, provider, terms, scheme }
}

const UNTIMELY: ReadonlySet<Code> = new Set(['certificate-early', 'certificate-expired'])

function advise(refusal: Refusal, cid: Cid): string {
  if (UNTIMELY.has(refusal.code)) {
    return `${refusal.message}; is the clock of this machine right, and the tracker there to ask?`
  }
  return (
    `the torrent is paid content, but its terms are missing or not the provider's: ` +
    `${refusal.message}; name the content by its id to fetch the true torrent: ${cid}`
  )
}

/** `check`: hashes what is on disk and says whether it is what the torrent names. */
import { statSync } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'
import { type Input, stringOption, type Verb, visible } from '../../shared/command.js'
import { Failure, must, refuse, refused } from '../../shared/errors.js'
import type { MetainfoFile } from '../../shared/file-list.js'
import { type Metainfo, parseMetainfo } from '../../shared/metainfo.js'
import { reportRenamed } from '../../shared/renamed.js'
import type { Context } from '../customer.js'
import { Hasher } from '../engine/hasher.js'
import { type FileFinding, type Findings, inspect } from '../engine/inspect.js'
import type { Selection } from '../engine/selection.js'
import { homeOf } from '../home.js'
import type { ContentRow } from '../pay/wallet/contents.js'
import { viewWallet, type WalletView } from '../pay/wallet/view.js'
import { cidOf, readTorrent } from '../trade/content.js'

const SHOW_MS = 500

/** A content to be checked, and where it lies. */
interface Target {
  readonly metainfo: Metainfo
  readonly folder: string
  /** What was chosen when it was fetched. */
  readonly chosen: Selection
  /** The file or folder below it that is meant; undefined for all of the content. */
  readonly within: string | undefined
}

/** What a torrent file names. */
function ofTorrent(path: string, out: string | undefined, wallet: WalletView | undefined): Target {
  const metainfo = must(parseMetainfo(must(readTorrent(path))))
  const kept = wallet?.contents.get(metainfo.cid)?.folder ?? ''
  const folder = out ?? (kept === '' ? dirname(path) : kept)
  // In another folder than that of the selection all is meant.
  const chosen = resolve(folder) === kept ? wallet?.contents.chosen(metainfo.cid) : undefined
  return { metainfo, folder: resolve(folder), chosen, within: undefined }
}

function ofRow(
  wallet: WalletView,
  row: ContentRow,
  out: string | undefined,
  within?: string,
): Target {
  const folder = out ?? row.folder
  const text = 'this content was bought but not fetched yet; say with --out where its files lie'
  if (folder === '') throw new Failure(refuse('not-readable', text))
  const chosen = wallet.contents.chosen(row.cid)
  return { metainfo: must(parseMetainfo(row.torrent)), folder: resolve(folder), chosen, within }
}

/** Whether one path is the other, or lies below it. */
function contains(outer: string, inner: string): boolean {
  return inner === outer || inner.startsWith(outer.endsWith(sep) ? outer : `${outer}${sep}`)
}

/** Contents of the wallet that a file or folder on disk belongs to, or holds. */
function ofPath(wallet: WalletView, path: string): Target[] {
  return wallet.contents.all().flatMap((row) => {
    if (row.folder === '') return []
    const target = ofRow(wallet, row, undefined, path)
    const top = join(target.folder, target.metainfo.files[0]?.stored[0] ?? '')
    if (contains(path, top)) return [{ ...target, within: undefined }]
    return contains(top, path) ? [target] : []
  })
}

function isTorrent(path: string): boolean {
  const info = statSync(path, { throwIfNoEntry: false })
  if (info?.isFile() !== true) return false
  const bytes = readTorrent(path)
  return path.endsWith('.torrent') || (!refused(bytes) && !refused(parseMetainfo(bytes)))
}

/** What a person means by PATH, TORRENT or CID; throws a Failure with what to do. */
async function targetsOf(
  name: string,
  out: string | undefined,
  wallet: WalletView | undefined,
): Promise<Target[]> {
  if (isTorrent(name)) return [ofTorrent(name, out, wallet)]
  const exists = statSync(name, { throwIfNoEntry: false }) !== undefined
  const cid = await cidOf(name)
  if (!exists && refused(cid)) {
    const text = `${visible(name)} is neither a file, nor a folder, nor a content id`
    throw new Failure(refuse('not-readable', text))
  }
  if (wallet !== undefined) {
    const row = exists || refused(cid) ? undefined : wallet.contents.get(cid)
    const targets = row === undefined ? [] : [ofRow(wallet, row, out)]
    if (exists) targets.push(...ofPath(wallet, resolve(name)))
    if (targets.length > 0) return targets
  }
  const text = 'this home knows no content there: give its torrent file, and --out DIR'
  throw new Failure(refuse('not-readable', text))
}

function problemOf({ bad, file, pieces, size }: FileFinding): string {
  if (size === undefined) return 'missing'
  const wrong: string[] = []
  if (size < file.length) wrong.push(`${file.length - size} bytes short`)
  if (size > file.length) wrong.push(`${size - file.length} bytes too long`)
  if (bad > 0) wrong.push(`${bad} of ${pieces} pieces missing or damaged`)
  return wrong.join(', ')
}

/** Checks one content; what was found. */
async function checkTarget(target: Target, hasher: Hasher, input: Input, context: Context) {
  const { chosen, folder, metainfo, within } = target
  const { report } = input
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new Failure(refuse('not-readable', `there is no folder ${folder}; give --out DIR`))
  }
  reportRenamed(report, metainfo.files)
  const among = ({ stored }: MetainfoFile, index: number) =>
    chosen?.has(index) !== false &&
    (within === undefined || contains(within, join(folder, ...stored)))
  let [looked, good] = [0, 0]
  const { pieceCount: total } = metainfo
  const show = () => {
    const line = `${looked} of ${total} pieces checked`
    if (context.terminal.live && !report.json) context.terminal.draw(line)
    else report.event({ event: 'progress', cid: metainfo.cid, looked, good, pieces: total })
  }
  const timer = setInterval(show, SHOW_MS)
  try {
    const counted = (_piece: number, whole: boolean) => {
      looked++
      if (whole) good++
    }
    const stopped = () => context.stop.aborted
    const found = must(
      await inspect({ metainfo, folder, chosen, hasher, stopped, among, looked: counted }),
    )
    if (stopped()) throw new Failure(refuse('interrupted', 'stopped before the end of the check'))
    return found
  } finally {
    clearInterval(timer)
    context.terminal.draw('')
  }
}

/** One line for a content, one for each file that is wrong. */
function tell({ report }: Input, { folder, metainfo }: Target, found: Findings, alone: boolean) {
  const { cid, name } = metainfo
  const { good, pieces, wrong } = found
  const bad = pieces - good
  const others = metainfo.pieceCount - pieces
  const rest = others === 0 ? '' : `; ${others} more belong to files that were left out`
  const verdict =
    bad === 0
      ? `all ${pieces} pieces verified${rest}`
      : `${bad} of ${pieces} pieces missing or damaged${rest}`
  const files = wrong.map((each) => ({
    path: join(folder, ...each.file.stored),
    problem: problemOf(each),
  }))
  report.event(
    { event: 'checked', cid, name: visible(name), folder, pieces, good, files },
    alone ? verdict : `${visible(name)}: ${verdict}`,
  )
  for (const { path, problem } of files) report.line(`  ${visible(path)}: ${problem}`)
}

async function checkAll(
  targets: readonly Target[],
  input: Input,
  context: Context,
): Promise<Readonly<Record<string, unknown>>> {
  const hasher = new Hasher()
  let [pieces, good, wrong] = [0, 0, 0]
  try {
    for (const target of targets) {
      const found = await checkTarget(target, hasher, input, context)
      tell(input, target, found, targets.length === 1)
      pieces += found.pieces
      good += found.good
      wrong += found.wrong.length
    }
  } finally {
    await hasher.close()
  }
  if (wrong === 0) return { pieces, good }
  const what = wrong === 1 ? '1 file is' : `${wrong} files are`
  const text = `${what} not whole (${good} of ${pieces} pieces are); get --check fetches the rest`
  throw new Failure(refuse('data-lost', text))
}

export const check: Verb<Context> = {
  name: 'check',
  summary: 'read what is on disk and say whether every piece is whole',
  usage: 'PATH-or-TORRENT-or-CID [--out DIR] [options]; PATH is a file or folder that get made',
  options: {
    out: {
      type: 'string',
      value: 'DIR',
      help: 'folder of the files, when the home does not know it',
    },
  },
  examples: [
    'album.torrent',
    'downloads/album.zip',
    '0123456789abcdef0123456789abcdef01234567 --out downloads',
  ],
  run: async (input, context) => {
    const name = input.positionals[0] as string
    const out = stringOption(input.values, 'out')
    // Nothing is locked, so what is being seeded can be checked meanwhile.
    const wallet = viewWallet(homeOf(input.values, context.environment).wallet)
    try {
      return await checkAll(await targetsOf(name, out, wallet), input, context)
    } finally {
      wallet?.close()
    }
  },
}

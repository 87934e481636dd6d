/** `free`: which free torrents ordinary clients may announce here. */
import { byWord, fail, type Input, type Verb, visible } from '../../shared/command.js'
import { must, refused } from '../../shared/errors.js'
import { type Cid, parseCid } from '../../shared/identifier.js'
import { METAINFO_MAX_BYTES } from '../../shared/limits.js'
import { parseMetainfo } from '../../shared/metainfo.js'
import { isPaid } from '../../shared/terms.js'
import { FREE_TORRENTS_MAX_COUNT } from '../../shared/tracker-limits.js'
import { readWhole } from '../home-files.js'
import { type VerbContext, withTracker } from './context.js'

type Result = Readonly<Record<string, unknown>>

/** What is to be listed: a torrent file's content, or an info hash by itself. */
interface Named {
  readonly cid: Cid
  readonly name: string | undefined
}

function named(argument: string): Named {
  const cid = parseCid(argument)
  if (!refused(cid)) return { cid, name: undefined }
  const metainfo = must(parseMetainfo(must(readWhole(argument, METAINFO_MAX_BYTES))))
  if (isPaid(metainfo)) fail('content-sold', `${metainfo.name} says itself that it is sold`)
  return { cid: metainfo.cid, name: metainfo.name }
}

async function list(input: Input, context: VerbContext): Promise<Result> {
  const { report } = input
  return withTracker(input, context, async ({ store }) => {
    const torrents = await store.read((rows) => rows.free.all())
    for (const { cid, name } of torrents) report.line(`${cid}  ${visible(name ?? '')}`.trimEnd())
    if (torrents.length === 0) report.line('no free torrent is listed')
    return { torrents }
  })
}

async function allow(input: Input, context: VerbContext): Promise<Result> {
  const wanted = input.positionals.slice(1).map(named)
  const torrents = await withTracker(input, context, ({ store }) =>
    store.write(async (rows) => {
      const torrents: (Named & { first: boolean })[] = []
      for (const { cid, name } of wanted) {
        if ((await rows.catalog.byCid(cid)) !== undefined)
          fail('content-sold', `${cid} is sold here`)
        const first = await rows.free.put({ cid, name, listed: context.now() })
        torrents.push({ cid, name, first })
      }
      if ((await rows.free.count()) > FREE_TORRENTS_MAX_COUNT) {
        fail('too-large', `the list holds at most ${FREE_TORRENTS_MAX_COUNT} torrents`)
      }
      return torrents
    }),
  )
  // Not before it is on the disk.
  for (const { cid, first } of torrents) {
    input.report.line(`${cid} ${first ? 'is listed' : 'was listed already'}`)
  }
  return { torrents }
}

async function remove(input: Input, context: VerbContext): Promise<Result> {
  const cids = input.positionals.slice(1).map((text) => must(parseCid(text)))
  await withTracker(input, context, ({ store }) =>
    store.write(async (rows) => {
      for (const cid of cids) {
        if (!(await rows.free.remove(cid))) fail('unknown-cid', `${cid} is not listed`)
      }
    }),
  )
  // Not before it is on the disk.
  for (const cid of cids) input.report.line(`${cid} is no longer listed`)
  return { removed: cids }
}

const ACTIONS: Readonly<Record<string, Verb<VerbContext>['run']>> = { list, allow, remove }

export const free: Verb<VerbContext> = {
  name: 'free',
  summary: 'list, allow or remove free torrents; works while the tracker serves',
  usage: '[list] | allow TORRENT-or-INFOHASH... | remove INFOHASH...',
  examples: ['allow linux.torrent', ''],
  options: {},
  run: byWord(ACTIONS, 'list'),
}

/** What a shell can offer of a provider's home: contents for sale, members by uid. */
import { type Values, visible } from '../shared/command.js'
import type { OwnKind } from '../shared/completion.js'
import { must } from '../shared/errors.js'
import { COMPLETION_MAX_COUNT } from '../shared/home-limits.js'
import type { Candidate } from '../shared/program.js'
import { openTracker } from './assembly.js'
import { homeOf, isInitialised } from './config.js'
import type { VerbContext } from './verbs/context.js'

/** The newest contents or members of a home, also while the tracker serves; none before init. */
export async function known(
  kind: OwnKind,
  values: Values,
  context: VerbContext,
): Promise<Candidate[]> {
  const home = homeOf(values, context.environment)
  if (!isInitialised(home)) return []
  const { store } = must(openTracker(home, context))
  try {
    return await store.read(async ({ catalog, members }) => {
      if (kind === 'contents') {
        const rows = await catalog.search('', COMPLETION_MAX_COUNT)
        return rows.map(({ cid, name }) => ({ word: cid, help: visible(name) }))
      }
      const rows = await members.all()
      const newest = rows.slice(-COMPLETION_MAX_COUNT)
      return newest.map(({ name, uid }) => ({ word: uid, help: visible(name) }))
    })
  } finally {
    store.close()
  }
}

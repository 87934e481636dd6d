/**
 * `house`: marks a member as the provider's own seller, which peer lists name without counting it.
 */
import { fail, type Input, type Verb, visible } from '../../shared/command.js'
import { findMember, type VerbContext, withTracker } from './context.js'

/** Members that are the house. */
async function list(input: Input, context: VerbContext) {
  if (input.values.off === true) fail('usage', 'say whose: house UID-or-NAME --off')
  return withTracker(input, context, async ({ store }) => {
    const members = (await store.read((rows) => rows.members.all())).filter((each) => each.house)
    for (const { name, uid } of members) {
      input.report.event({ event: 'house', uid, name }, `${visible(name)} (${uid}) is the house`)
    }
    if (members.length === 0) input.report.line('no member is the house: house UID-or-NAME')
    return { members: members.length }
  })
}

export const house: Verb<VerbContext> = {
  name: 'house',
  summary: "mark a member as the provider's own seller; alone, which are",
  usage: '[UID-or-NAME] [--off]',
  options: { off: { type: 'boolean', help: 'an ordinary member again' } },
  examples: ['', 'seller', '0123456789abcdef0123456789abcdef --off'],
  run: async (input, context) => {
    const on = input.values.off !== true
    const [who] = input.positionals
    if (who === undefined) return list(input, context)
    const done = await withTracker(input, context, ({ store }) =>
      store.write(async (rows) => {
        const { id, uid, name } = await findMember(rows, who)
        await rows.members.setHouse(id, on)
        return { uid, name, house: on }
      }),
    )
    // Not before it is on the disk.
    const { name, uid } = done
    input.report.line(`${visible(name)} (${uid}) is ${on ? 'the house' : 'an ordinary member'}`)
    return done
  },
}

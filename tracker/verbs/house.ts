/**
 * `house`: marks a member as the provider's own seller, which peer lists name without counting it.
 */
import type { Verb } from '../../shared/command.js'
import { findMember, type VerbContext, withTracker } from './context.js'

export const house: Verb<VerbContext> = {
  name: 'house',
  summary: "mark a member as the provider's own seller",
  usage: 'UID-or-NAME [--off]',
  options: { off: { type: 'boolean', help: 'an ordinary member again' } },
  positionals: { min: 1, max: 1 },
  examples: ['seller', '0123456789abcdef0123456789abcdef --off'],
  run: async (input, context) => {
    const on = input.values.off !== true
    return withTracker(input, context, ({ store }) =>
      store.write(async (rows) => {
        const { id, uid, name } = await findMember(rows, input.positionals[0] as string)
        await rows.members.setHouse(id, on)
        input.report.line(`${name} (${uid}) is ${on ? 'the house' : 'an ordinary member'}`)
        return { uid, name, house: on }
      }),
    )
  },
}

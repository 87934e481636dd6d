/** `revoke`: ends a membership; its certificates go on the list that every peer checks (D11). */
import { stringOption, type Verb, visible } from '../../shared/command.js'
import { revokeMember } from '../revocations.js'
import { findMember, type VerbContext, withTracker } from './context.js'
import { when } from './moment.js'

export const revoke: Verb<VerbContext> = {
  name: 'revoke',
  summary: 'end a membership: nobody trades with it any more; its money stays where it is',
  usage: 'UID-or-NAME [--reason TEXT]',
  whence: 'floodgate-tracker accounts --all lists members',
  options: { reason: { type: 'string', value: 'TEXT', help: 'for your own books' } },
  examples: ["carol --reason 'key was stolen'"],
  run: async (input, context) =>
    withTracker(input, context, ({ store }) =>
      store.write(async (rows) => {
        const member = await findMember(rows, input.positionals[0] as string)
        const { name, uid } = member
        const given = stringOption(input.values, 'reason') ?? ''
        const revoked = await revokeMember(rows, member, given, context.now())
        const { at, number, reason } = revoked
        const because = reason === '' ? '' : `, ${visible(reason)}`
        input.report.line(`${visible(name)} (${uid}) is revoked since ${when(at)}${because}`)
        return { uid, name, number, at, reason }
      }),
    ),
}

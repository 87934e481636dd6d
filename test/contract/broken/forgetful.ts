/** Breaks the fifth law: until the first signature has come, a restart forgets the saved tokens. */
import { floodgate } from '../../../shared/schemes/floodgate/floodgate.js'
import type { Payee, Scheme } from '../../../shared/schemes/scheme.js'

const start: Payee['start'] = (opening, context) =>
  floodgate.payee.start(opening, context.payment ? context : { ...context, paid: [] })

export const forgetful: Scheme = {
  ...floodgate,
  name: 'forgetful',
  payee: { ...floodgate.payee, start },
}

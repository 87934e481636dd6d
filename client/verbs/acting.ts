/** Verbs whose first word says what is done, and whose second what it is done with. */
import type { Input, Verb } from '../../shared/command.js'
import { asCustomer, type Context, type Customer } from '../customer.js'

/** Does something with what was named. */
type Act<T> = (
  customer: Customer,
  input: Input,
  what: T,
) => Promise<Readonly<Record<string, unknown>>>

/** Reads what was named, before the home is opened and a passphrase asked for. */
type Read<T> = (what: string, input: Input, context: Context) => T

/** An action of such a verb, in the customer's home. */
export function acting(act: Act<string>): Verb<Context>['run'] {
  return actingOn((what) => what, act)
}

/** The same on what `read` makes of what was named. */
export function actingOn<T>(read: Read<T>, act: Act<T>): Verb<Context>['run'] {
  return async (input, context) => {
    const what = read(input.positionals[1] ?? '', input, context)
    return asCustomer(input, context, (customer) => act(customer, input, what))
  }
}

/** Verbs whose first word says what is done, and whose second what it is done with. */
import type { Input, Verb } from '../../shared/command.js'
import { asCustomer, type Context, type Customer } from '../customer.js'

/** Does something with what was named. */
type Act = (
  customer: Customer,
  input: Input,
  what: string,
) => Promise<Readonly<Record<string, unknown>>>

/** An action of such a verb, in the customer's home. */
export function acting(act: Act): Verb<Context>['run'] {
  return (input, context) =>
    asCustomer(input, context, (customer) => act(customer, input, input.positionals[1] ?? ''))
}

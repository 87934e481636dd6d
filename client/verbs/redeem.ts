/** `redeem`: turns a voucher into money of the account; the same code again credits nothing. */
import { formatAmount } from '../../shared/amount.js'
import { fail, type Input, type Verb, visible } from '../../shared/command.js'
import { must } from '../../shared/errors.js'
import { parseVoucher } from '../../shared/vouchers.js'
import { asCustomer, type Context, chooseProvider, TRACKER_OPTION } from '../customer.js'

/** The code that a person types now. */
async function askCode({ stop, terminal }: Context, input: Input): Promise<Uint8Array> {
  if (!terminal.interactive || input.report.json)
    return fail('usage', 'CODE is missing: floodgate redeem CODE')
  const typed = await terminal.ask('Voucher: ', stop)
  return typed === undefined
    ? fail('interrupted', 'stopped before anything was redeemed')
    : must(parseVoucher(typed))
}

export const redeem: Verb<Context> = {
  name: 'redeem',
  summary: 'put the money of a voucher into your account',
  usage: '[CODE] [--tracker WHICH]',
  options: TRACKER_OPTION,
  examples: ['7KQ3M-9XW2A-04TRE-C6HZP', ''],
  run: async (input, context) => {
    const [typed] = input.positionals
    const given = typed === undefined ? undefined : must(parseVoucher(typed))
    return asCustomer(input, context, async (customer) => {
      const provider = must(chooseProvider(customer, input.values))
      const code = given ?? (await askCode(customer, input))
      const { amount, again, spendable } = must(await provider.call('redeem', { code })).body
      const { currency, fingerprint, name } = provider.row
      const unit = visible(currency)
      const worth = `${formatAmount(amount)} ${unit}`
      const what = again === 1 ? `${worth} were credited for it before` : `${worth} credited`
      const holds = `your account with ${visible(name)} holds ${formatAmount(spendable)} ${unit}`
      input.report.line(`${what}; ${holds}`)
      return { provider: fingerprint, amount, currency, again: again === 1, spendable }
    })
  },
}

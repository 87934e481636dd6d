/** `init`: makes a provider: home, keys, certificates, database. */

import { fail, requiredOption, stringOption, type Verb } from '../../shared/command.js'
import { must } from '../../shared/errors.js'
import { parseTrackerUrl } from '../address.js'
import { createAuthority } from '../authority.js'
import { homeOf, isInitialised, makeHome, writeConfig, writeKey } from '../config.js'
import { readCurrency, readName } from '../settings.js'
import { openStore } from '../store.js'
import type { VerbContext } from './context.js'

export const init: Verb<VerbContext> = {
  name: 'init',
  summary: 'make a new provider: keys, certificates and database',
  usage: '--name NAME [--url URL] [--currency NAME]',
  options: {
    name: { type: 'string', value: 'NAME', help: 'what members see' },
    url: { type: 'string', value: 'URL', help: 'where members reach it (http://127.0.0.1:6969)' },
    currency: { type: 'string', value: 'NAME', help: 'name of the money (credit)' },
  },
  examples: [
    "--name 'My label'",
    "--name 'My label' --url https://tracker.example --currency credit",
  ],
  run: async (input, context) => {
    const { report, values } = input
    const home = homeOf(values, context.environment)
    requiredOption(input, init, 'name')
    const name = must(readName(values))
    const url = must(parseTrackerUrl(stringOption(values, 'url') ?? 'http://127.0.0.1:6969'))
    const currency = must(readCurrency({ currency: 'credit', ...values }))
    if (isInitialised(home)) fail('home-exists', `${home.folder} is initialised already`)
    makeHome(home)
    writeKey(home.vaultKey, context.random(32))
    const fingerprint = createAuthority(home, name, context.now(), context.random)
    must(openStore(home.database)).close()
    writeConfig(home, { name, url, currency })
    report.line(`provider ${name} in ${home.folder}`)
    report.line(`fingerprint ${fingerprint}`)
    report.line(`root certificate ${home.keys}/root.pem; its key root.key may move to a safe`)
    return { home: home.folder, name, url, currency, fingerprint }
  },
}

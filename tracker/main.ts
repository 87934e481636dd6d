#!/usr/bin/env node
/**
 * `floodgate-tracker`: the provider's program. The tables of verbs and schemes, and the one exit.
 */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type Program, runProgram } from '../shared/command.js'
import { floodgate } from '../shared/schemes/floodgate/floodgate.js'
import { settle } from './config.js'
import { proveByConnecting } from './proof.js'
import { accounts } from './verbs/accounts.js'
import { audit } from './verbs/audit.js'
import { cases } from './verbs/cases.js'
import { config } from './verbs/config.js'
import type { VerbContext } from './verbs/context.js'
import { free } from './verbs/free.js'
import { house } from './verbs/house.js'
import { init } from './verbs/init.js'
import { invite } from './verbs/invite.js'
import { ledger } from './verbs/ledger.js'
import { payouts } from './verbs/payouts.js'
import { publish } from './verbs/publish.js'
import { revoke } from './verbs/revoke.js'
import { serve } from './verbs/serve.js'
import { topup } from './verbs/topup.js'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))

const program: Program<VerbContext> = {
  name: 'floodgate-tracker',
  version,
  summary: 'Sells content over BitTorrent and pays the people who carry it.',
  verbs: [
    init,
    serve,
    publish,
    topup,
    invite,
    house,
    revoke,
    free,
    accounts,
    cases,
    payouts,
    ledger,
    audit,
    config,
  ],
  settle: (values, verb, { environment }) => settle(values, verb, environment),
}

// Nobody reads us any more (a closed pipe): stop in good order.
const stop = new Promise<void>((resolve) => {
  process.once('SIGINT', () => resolve())
  process.once('SIGTERM', () => resolve())
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => resolve())
})

const context: VerbContext = {
  schemes: [floodgate],
  prover: proveByConnecting,
  now: Date.now,
  random: (bytes) => new Uint8Array(randomBytes(bytes)),
  environment: process.env,
  stop,
  warn: (line) => process.stderr.write(`${line}\n`),
}

process.exitCode = await runProgram(program, process.argv.slice(2), context, {
  out: (line) => process.stdout.write(`${line}\n`),
  err: (line) => process.stderr.write(`${line}\n`),
})

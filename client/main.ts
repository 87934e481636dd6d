#!/usr/bin/env node
/**
 * `floodgate`: the customer's program. The tables of verbs and schemes, and the one exit.
 */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type Program, runProgram } from '../shared/command.js'
import { floodgate } from '../shared/schemes/floodgate/floodgate.js'
import type { Context } from './customer.js'
import { PASSPHRASE_OPTIONS } from './passphrase-source.js'
import { settle } from './settings.js'
import { createTerminal } from './ui/terminal.js'
import { blacklist } from './verbs/blacklist.js'
import { buy } from './verbs/buy.js'
import { cases } from './verbs/cases.js'
import { check } from './verbs/check.js'
import { claim } from './verbs/claim.js'
import { complain } from './verbs/complain.js'
import { config } from './verbs/config.js'
import { get } from './verbs/get.js'
import { key } from './verbs/key.js'
import { refund } from './verbs/refund.js'
import { register } from './verbs/register.js'
import { search } from './verbs/search.js'
import { seed } from './verbs/seed.js'
import { tui } from './verbs/tui.js'
import { wallet } from './verbs/wallet.js'

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))

const program: Program<Context> = {
  name: 'floodgate',
  version,
  summary: 'Buys content over BitTorrent, and earns by passing it on.',
  options: PASSPHRASE_OPTIONS,
  verbs: [
    register,
    search,
    buy,
    get,
    seed,
    check,
    claim,
    wallet,
    refund,
    complain,
    cases,
    tui,
    blacklist,
    config,
    key,
  ],
  bare: ({ terminal }) => (terminal.interactive ? 'tui' : undefined),
  settle: (values, verb, { environment }) => settle(values, verb, environment),
}

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
// Nobody reads us any more (a closed pipe): stop in good order.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => stop.abort())
const startedMs = Date.now() - performance.now()

const context: Context = {
  schemes: new Map([floodgate].map((scheme) => [scheme.name, scheme])),
  environment: process.env,
  random: (bytes) => new Uint8Array(randomBytes(bytes)),
  now: () => Math.round(startedMs + performance.now()),
  monotonic: () => performance.now(),
  terminal: createTerminal(process.stdin, process.stdout),
  stop: stop.signal,
}

const code = await runProgram(program, process.argv.slice(2), context, {
  out: (line) => {
    context.terminal.draw('')
    process.stdout.write(`${line}\n`)
  },
  err: (line) => process.stderr.write(`${line}\n`),
})
process.exit(code)

#!/usr/bin/env node
/**
 * `floodgate-tracker`: the provider's program. The table of schemes, the world outside, and the one
 * exit.
 */
import { randomBytes } from 'node:crypto'
import { runProgram } from '../shared/program.js'
import { program } from './program.js'
import type { VerbContext } from './verbs/context.js'

// Nobody reads us any more (a closed pipe): stop in good order.
const stop = new Promise<void>((resolve) => {
  process.once('SIGINT', () => resolve())
  process.once('SIGTERM', () => resolve())
  // A terminal that is closed says so more than once: its shell passes on what it is told.
  process.on('SIGHUP', () => resolve())
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => resolve())
})

async function assemble(): Promise<VerbContext> {
  const { floodgate } = await import('../shared/schemes/floodgate/floodgate.js')
  const { proveByConnecting } = await import('./proof.js')
  return {
    schemes: [floodgate],
    prover: proveByConnecting,
    now: Date.now,
    random: (bytes) => new Uint8Array(randomBytes(bytes)),
    environment: process.env,
    stop,
    warn: (line) => process.stderr.write(`${line}\n`),
  }
}

process.exitCode = await runProgram(program, process.argv.slice(2), assemble, {
  out: (line) => process.stdout.write(`${line}\n`),
  err: (line) => process.stderr.write(`${line}\n`),
})

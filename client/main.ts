#!/usr/bin/env node
/**
 * `floodgate`: the customer's program. The table of schemes, the world outside, and the one exit.
 */
import { randomBytes } from 'node:crypto'
import { closeSync, openSync } from 'node:fs'
import { isatty } from 'node:tty'
import type { Streams } from '../shared/command.js'
import { loadVerbs, runProgram, withoutOptions } from '../shared/program.js'
import type { Context } from './customer.js'
import { PASSPHRASE_OPTIONS } from './passphrase-options.js'
import { program } from './program.js'
import { createTerminal } from './ui/terminal.js'

const stop = new AbortController()
const end = (): void => stop.abort()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, end)
// A terminal that is closed says so more than once: its shell passes on what it is told.
process.on('SIGHUP', end)
// Nobody reads us any more (a closed pipe): stop in good order.
for (const stream of [process.stdout, process.stderr]) stream.on('error', end)
const terminals = [0, 1, 2].filter((descriptor) => isatty(descriptor))
const startedMs = Date.now() - performance.now()
const terminal = createTerminal(process.stdin, process.stdout, process.stderr)

const argv = process.argv.slice(2)
const streams: Streams = {
  out: (line) => {
    terminal.draw('')
    process.stdout.write(`${line}\n`)
  },
  err: (line) => process.stderr.write(`${line}\n`),
}

async function loadSchemes(): ReturnType<Context['loadSchemes']> {
  const { floodgate } = await import('../shared/schemes/floodgate/floodgate.js')
  return new Map([floodgate].map((scheme) => [scheme.name, scheme]))
}

/**
 * Node 20 aborts at its end when a terminal that it began with was closed meanwhile
 * (nodejs/node#51519); where it finds another file it does nothing.
 */
function leaveTerminal(): void {
  for (const descriptor of terminals) {
    if (isatty(descriptor)) continue
    closeSync(descriptor)
    openSync('/dev/null', 'r+')
  }
}

function assemble(): Context {
  return {
    loadSchemes,
    environment: process.env,
    random: (bytes) => new Uint8Array(randomBytes(bytes)),
    now: () => Math.round(startedMs + performance.now()),
    monotonic: () => performance.now(),
    terminal,
    stop: stop.signal,
    version: program.version ?? '',
    folder: process.cwd(),
    words: withoutOptions(argv, ['home', ...Object.keys(PASSPHRASE_OPTIONS)]),
    streams,
    verbs: () => loadVerbs(program),
    runWords: (words, inside) => runProgram(program, words, () => inside, inside.streams),
  }
}

const code = await runProgram(program, argv, assemble, streams)
leaveTerminal()
process.exit(code)

/**
 * Loaded before one of the programs (`node --import`): counts its effects and kills it at one.
 *
 * Nothing in the programs knows of it; see effects.ts for what the environment says.
 */
import { watchDatabases } from './database-effects.js'
import { Effects, readPoint } from './effects.js'
import { watchSockets } from './socket-effects.js'

const { FLOODGATE_CRASH, FLOODGATE_CRASH_FILE } = process.env
if (FLOODGATE_CRASH_FILE !== undefined) {
  const effects = new Effects(FLOODGATE_CRASH_FILE, readPoint(FLOODGATE_CRASH ?? ''))
  const program = process.argv[1] ?? ''
  watchDatabases(effects, /tracker[/\\]main\.js$/.test(program) ? 'tracker' : 'member')
  watchSockets(effects)
}

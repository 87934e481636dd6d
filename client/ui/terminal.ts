/**
 * The person's terminal: whether there is one, a question, and a line that is redrawn in place.
 */
import { createInterface, type Interface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { type Ask, oneByOne } from './asking.js'
import { launch } from './launch.js'

const DEFAULT_COLUMNS = 80

/** What verbs know of the terminal. */
export interface Terminal {
  /** A person reads what we write. */
  readonly live: boolean
  /** A person can answer as well. */
  readonly interactive: boolean
  /** A person can be asked for a secret, also where what we say goes on to another program. */
  readonly asksSecrets: boolean
  readonly columns: () => number
  /** Asks, behind what was asked before, and gives the answer, trimmed. */
  readonly ask: Ask
  /** The same without showing what is typed, and nothing trimmed. */
  askSecret(question: string, stop: AbortSignal): Promise<string | undefined>
  /**
   * Starts the first of several programs that is there, where the person is, and resolves when it
   * ends (launch.ts).
   */
  launch(commands: readonly (readonly string[])[], stop: AbortSignal): Promise<string | undefined>
  /** Draws a line over the last drawn one; empty text removes it. */
  draw(text: string): void
}

/** The terminal of this process; where `output` goes elsewhere, secrets are asked on `errors`. */
export function createTerminal(
  input: NodeJS.ReadStream,
  output: NodeJS.WriteStream,
  errors: NodeJS.WriteStream,
): Terminal {
  const live = output.isTTY === true
  const beside = live ? output : errors
  let drawn = false
  let asking = false
  return {
    live,
    interactive: live && input.isTTY === true,
    asksSecrets: beside.isTTY === true && input.isTTY === true,
    // A terminal that does not know its width says 0.
    columns: () => output.columns || DEFAULT_COLUMNS,
    ask: oneByOne(async (question, signal) => {
      if (drawn) output.write('\r\u001b[2K')
      asking = true
      try {
        const lines = createInterface({ input, output })
        return (await answerOf(lines, question, signal))?.trim()
      } finally {
        asking = false
      }
    }),
    askSecret: async (question, signal) => {
      // As a terminal readline echoes by itself, and what it writes goes nowhere. It comes before
      // the question: until then the system echoes.
      const lines = createInterface({ input, output: nowhere(), terminal: true })
      beside.write(question)
      const answer = await answerOf(lines, '', signal)
      beside.write('\n')
      return answer
    },
    launch,
    draw: (text) => {
      // What is being answered stays as it is.
      if (asking) return
      if (live && (drawn || text !== '')) output.write(`\r\u001b[2K${text}`)
      drawn = text !== ''
    },
  }
}

function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() })
}

/** One line of a readline interface, which is closed; undefined when `signal` came first. */
async function answerOf(
  lines: Interface,
  question: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  // While it reads, readline takes Ctrl-C for itself.
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  try {
    return await lines.question(question, { signal })
  } catch (error) {
    if (signal.aborted) return undefined
    throw error
  } finally {
    lines.close()
  }
}

/** A terminal for programs that are measured: one that is read as fast as they write. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'

/** Size of the terminal, as of a window on half a screen. */
const [COLUMNS, ROWS] = [120, 40]

/** A program in a terminal of its own (`script` of util-linux makes one). */
export class Terminal {
  readonly #script: ChildProcess
  readonly #began = performance.now()
  readonly #exited: Promise<unknown>
  #text = ''
  #look: () => void = () => undefined

  /** Starts a program; no shell stands between it and the terminal. */
  constructor(command: readonly string[]) {
    const words = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ')
    const sized = `stty cols ${COLUMNS} rows ${ROWS}; exec ${words}`
    const env = { ...process.env, TERM: 'xterm-256color', SHELL: '/bin/sh' }
    const args = ['--quiet', '--flush', '--return', '--command', sized, '/dev/null']
    this.#script = spawn('script', args, { env, stdio: ['pipe', 'pipe', 'ignore'] })
    this.#exited = once(this.#script, 'exit')
    this.#script.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#text = `${this.#text}${text}`.slice(-1_000_000)
      this.#look()
    })
  }

  /** Waits until the program has written something that fits; milliseconds since its start. */
  async shown(fits: RegExp): Promise<number> {
    const end = this.#exited.then(() => Promise.reject(new Error(`ended: ${this.#text}`)))
    const seen = new Promise<number>((resolve) => {
      this.#look = () => {
        if (fits.test(this.#text)) resolve(performance.now() - this.#began)
      }
      this.#look()
    })
    return Promise.race([seen, end])
  }

  /** Milliseconds from the start to the end of the program. */
  async ended(): Promise<number> {
    await this.#exited
    return performance.now() - this.#began
  }

  /** Process id of the program. */
  get pid(): number {
    const path = `/proc/${this.#script.pid}/task/${this.#script.pid}/children`
    return Number(readFileSync(path, 'latin1').trim())
  }

  /** Presses a key until the program ends. */
  async leave(key: string): Promise<void> {
    this.#script.stdin?.write(key)
    await this.#exited
  }
}

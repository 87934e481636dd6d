/**
 * The live view on a terminal: the other screen, no cursor, at most ten pictures a second.
 */
import { type Palette, paint } from '../ui/paint.js'
import type { Stage } from './stage.js'
import { view } from './view.js'

const REDRAW_MS = 100
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[2J'
const LEAVE = '\u001b[?25h\u001b[?1049l'

/** Shows a stage until it is closed, and leaves the last picture in the terminal's history. */
export class Screen {
  readonly #output: NodeJS.WriteStream
  readonly #stage: Stage
  readonly #palette: Palette
  readonly #startedMs = performance.now()
  readonly #timer: NodeJS.Timeout
  readonly #leave = (): void => {
    this.#output.write(LEAVE)
  }
  #drawn = ''

  constructor(output: NodeJS.WriteStream, stage: Stage, palette: Palette) {
    this.#output = output
    this.#stage = stage
    this.#palette = palette
    output.write(ENTER)
    process.once('exit', this.#leave)
    this.#timer = setInterval(() => this.#draw(), REDRAW_MS)
    this.#draw()
  }

  #lines(): string[] {
    // A terminal that does not know its size says nothing, or 0.
    const columns = this.#output.columns || 80
    const rows = this.#output.rows || 24
    const seconds = (performance.now() - this.#startedMs) / 1000
    const lines = view(this.#stage, { seconds, columns }).slice(0, rows - 1)
    return lines.map((spans) => paint(spans, columns - 1, this.#palette))
  }

  #draw(): void {
    // Each line erases what it does not cover, and the last one all below it.
    const picture = `\u001b[H${this.#lines().join('\u001b[K\n')}\u001b[K\u001b[J`
    if (picture === this.#drawn) return
    this.#drawn = picture
    this.#output.write(picture)
  }

  /** Goes back to the terminal as it was, with the last picture on it. */
  close(): void {
    clearInterval(this.#timer)
    process.off('exit', this.#leave)
    this.#leave()
    this.#output.write(`${this.#lines().join('\n')}\n\n`)
  }
}

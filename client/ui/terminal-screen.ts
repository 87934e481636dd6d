/**
 * The terminal of the full screen: blessed's program sets its modes and tells its size, our decoder
 * reads its keys, and only rows that changed are written, each wave at once.
 */
import Program from 'blessed/lib/program.js'
import type { AppPicture } from './app-view.js'
import { cellsOf } from './cells.js'
import { type Palette, paint } from './paint.js'
import type { Size } from './screen.js'
import { type TerminalEvent, TerminalInput } from './terminal-input.js'

/** What the screen is made with. */
export interface TerminalOptions {
  readonly input: NodeJS.ReadStream
  readonly output: NodeJS.WriteStream
  readonly palette: Palette
  readonly told: (event: TerminalEvent) => void
  readonly resized: () => void
  /** The terminal is gone: its window was closed, or its line. */
  readonly gone: () => void
}

/** An escape that nothing follows within this time is the key. */
const ESCAPE_MS = 40
/** A line that does not fit must not move the next one; pasted text is told from typed one. */
const MODES_ON = '\u001b[?7l\u001b[?2004h'
const MODES_OFF = '\u001b[?2004l\u001b[?7h'
/** Terminals that know it show what lies between as one picture (DEC mode 2026). */
const WAVE_BEGIN = '\u001b[?2026h'
const WAVE_END = '\u001b[?2026l'
const MOUSE = { vt200Mouse: true, sgrMouse: true }
const NO_MOUSE = { vt200Mouse: false, sgrMouse: false }

/** The screen of this process; it is left by `close`, or when the process ends. */
export class TerminalScreen {
  readonly #options: TerminalOptions
  readonly #program: Program
  readonly #decoder = new TerminalInput()
  readonly #text = new TextDecoder()
  #rows: string[] = []
  #cursor = ''
  #escape: NodeJS.Timeout | undefined
  #busy = false
  #shown = false
  #next: AppPicture | undefined
  readonly #read = (bytes: Uint8Array): void => this.#take(bytes)
  readonly #leave = (): void => this.#hide()

  constructor(options: TerminalOptions) {
    this.#options = options
    const { input, output, resized } = options
    this.#program = new Program({ input, output })
    this.#program.on('resize', () => {
      this.#rows = []
      resized()
    })
    input.on('data', this.#read)
    for (const event of ['error', 'close'] as const) input.on(event, options.gone)
    process.once('exit', this.#leave)
    this.show()
  }

  /** Size in cells; a terminal that does not know its own says 0. */
  get size(): Size {
    const { columns, rows } = this.#options.output
    return { rows: rows || 24, columns: columns || 80 }
  }

  /** Takes the terminal, at first and after `hide`. */
  show(): void {
    if (this.#shown) return
    this.#shown = true
    const { input, output } = this.#options
    input.setRawMode(true)
    input.resume()
    this.#program.alternateBuffer()
    this.#program.hideCursor()
    this.#program.setMouse(MOUSE, true)
    output.write(MODES_ON)
    this.redraw()
  }

  #hide(): void {
    if (!this.#shown) return
    this.#shown = false
    const { input, output } = this.#options
    output.write(MODES_OFF)
    this.#program.setMouse(NO_MOUSE, false)
    this.#program.showCursor()
    this.#program.normalBuffer()
    input.setRawMode(false)
    input.pause()
  }

  /** Gives the terminal to the shell; `show` takes it again. */
  hide(): void {
    this.#hide()
  }

  /** Forgets what is on the terminal: the next picture is written whole. */
  redraw(): void {
    this.#rows = []
    this.#cursor = ''
  }

  /** Shows a picture: rows that are as they were cost nothing. */
  draw(picture: AppPicture): void {
    // A slow line gets the latest picture once it has taken the one before.
    this.#next = picture
    if (!this.#busy && this.#shown) this.#write()
  }

  #write(): void {
    const picture = this.#next
    this.#next = undefined
    if (picture === undefined) return
    const { columns, rows } = this.size
    let text = ''
    for (const [row, line] of picture.lines.slice(0, rows).entries()) {
      const painted = paint(line, columns, this.#options.palette)
      if (painted === this.#rows[row]) continue
      this.#rows[row] = painted
      text += `\u001b[${row + 1};1H${painted}${this.#erase(painted, columns)}`
    }
    const { cursor } = picture
    const place =
      cursor === undefined
        ? '\u001b[?25l'
        : `\u001b[${cursor.row + 1};${Math.min(columns, cursor.column + 1)}H\u001b[?25h`
    if (text === '' && place === this.#cursor) return
    this.#cursor = place
    this.#busy = true
    this.#options.output.write(`${WAVE_BEGIN}\u001b[?25l${text}${place}${WAVE_END}`, () => {
      this.#busy = false
      if (this.#shown) this.#write()
    })
  }

  /** Erases behind a line; a line that fills its row has nothing behind it but its last cell. */
  #erase(painted: string, columns: number): string {
    return cellsOf(painted.replace(SGR, '')) < columns ? '\u001b[K' : ''
  }

  #take(bytes: Uint8Array): void {
    clearTimeout(this.#escape)
    for (const event of this.#decoder.read(this.#text.decode(bytes, { stream: true }))) {
      this.#options.told(event)
    }
    if (!this.#decoder.waits) return
    this.#escape = setTimeout(() => {
      for (const event of this.#decoder.flush()) this.#options.told(event)
    }, ESCAPE_MS)
  }

  /** Gives the terminal back as it was. */
  close(): void {
    clearTimeout(this.#escape)
    process.off('exit', this.#leave)
    const { input } = this.#options
    input.off('data', this.#read)
    this.#hide()
    this.#program.destroy()
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const SGR = /\u001b\[[\d;]*m/g

/**
 * The dashboard on a real terminal, by blessed: the other screen, keys, sizes, only what changed.
 */
import blessed from 'blessed'
import { type Dashboard, dashboardLines } from './dashboard.js'
import { type Palette, paint } from './paint.js'

/** What a person may ask for by a key. */
export type Key = 'up' | 'down' | 'help' | 'quit'

const KEYS: readonly (readonly [Key, string[]])[] = [
  ['up', ['up', 'k']],
  ['down', ['down', 'j']],
  ['help', ['?', 'h']],
  ['quit', ['q', 'C-c']],
]

/** What the screen is made with. */
export interface ScreenOptions {
  readonly palette: Palette
  readonly pressed: (key: Key) => void
}

/** The screen of this process; it is left by `close`, or when the process ends. */
export class DashboardScreen {
  readonly #screen: blessed.Widgets.Screen
  readonly #box: blessed.Widgets.BoxElement
  readonly #palette: Palette
  #drawn: Dashboard | undefined

  constructor({ palette, pressed }: ScreenOptions) {
    this.#palette = palette
    this.#screen = blessed.screen({ smartCSR: true, title: 'Floodgate', warnings: false })
    // Its table of line-drawing characters is wrong for most terminals of today, which draw the
    // characters themselves: with it every ▒ is an "a".
    const { tput } = this.#screen.program as unknown as { tput: { brokenACS: boolean } }
    tput.brokenACS = true
    this.#box = blessed.box({ parent: this.#screen, width: '100%', height: '100%' })
    for (const [key, names] of KEYS) this.#screen.key(names, () => pressed(key))
    this.#screen.on('resize', () => {
      if (this.#drawn !== undefined) this.draw(this.#drawn)
    })
  }

  /** Shows a dashboard in the size that the terminal has now. */
  draw(dashboard: Dashboard): void {
    this.#drawn = dashboard
    const size = { rows: Number(this.#screen.height), columns: Number(this.#screen.width) }
    const lines = dashboardLines(dashboard, size)
    this.#box.setContent(
      lines.map((spans) => paint(spans, size.columns - 1, this.#palette)).join('\n'),
    )
    this.#screen.render()
  }

  /** Gives the terminal back as it was. */
  close(): void {
    this.#screen.destroy()
  }
}

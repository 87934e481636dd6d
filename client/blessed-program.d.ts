/** The terminal program of blessed 0.1.81, as far as we use it; its types know the whole alone. */
declare module 'blessed/lib/program.js' {
  import { EventEmitter } from 'node:events'

  /** One terminal, by terminfo: its modes, its cursor, its size. */
  // biome-ignore lint/style/noDefaultExport: it is how the package exports it
  export default class Program extends EventEmitter {
    constructor(options: { input: NodeJS.ReadStream; output: NodeJS.WriteStream })
    alternateBuffer(): void
    normalBuffer(): void
    hideCursor(): void
    showCursor(): void
    setMouse(modes: { vt200Mouse: boolean; sgrMouse: boolean }, enable: boolean): void
    destroy(): void
  }
}

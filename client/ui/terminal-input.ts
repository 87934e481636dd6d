/**
 * What a terminal sends, read into keys, mouse events and pasted text; pure.
 *
 * Input comes in pieces that may end in the middle of a sequence, so what is not whole yet waits.
 * An escape that nothing follows is the key itself: whoever feeds the decoder says so with `flush`
 * when some milliseconds have passed. Sequences: ECMA-48 §5.4, xterm's ctlseqs (CSI, SS3, SGR mouse
 * 1006, bracketed paste 2004). blessed's own reading loses mouse events that come in one piece and
 * takes characters above U+FFFF apart.
 */

/** One thing that came from the terminal. */
export type TerminalEvent =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'paste'; readonly text: string }
  | MouseEvent

/** The mouse; cells count from 0. */
export interface MouseEvent {
  readonly kind: 'mouse'
  readonly what: 'press' | 'wheel-up' | 'wheel-down'
  readonly row: number
  readonly column: number
}

const ESC = '\u001b'
const PASTE_BEGIN = `${ESC}[200~`
const PASTE_END = `${ESC}[201~`
/** The mouse of a terminal that knows nothing newer; the three characters behind are no keys. */
const X10_MOUSE = `${ESC}[M`
const X10_MOUSE_CHARACTERS = 6
/** Pasted text beyond this is left out: no prompt here wants a book. */
const PASTE_MAX_CHARACTERS = 10_000
/** A sequence longer than this is none. */
const SEQUENCE_MAX_CHARACTERS = 64

// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one
const SEQUENCE = /^\u001b(?:\[([<?]?[0-9;:]*)([ -/]*[@-~])|O([0-9;]*)([A-Za-z])|([^[O]))/u

const BY_LETTER: Readonly<Record<string, string>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  F: 'end',
  H: 'home',
  P: 'f1',
  Q: 'f2',
  R: 'f3',
  S: 'f4',
  Z: 'shift-tab',
}
const BY_NUMBER: Readonly<Record<string, string>> = {
  1: 'home',
  2: 'insert',
  3: 'delete',
  4: 'end',
  5: 'pageup',
  6: 'pagedown',
  7: 'home',
  8: 'end',
  11: 'f1',
  12: 'f2',
  13: 'f3',
  14: 'f4',
  15: 'f5',
  17: 'f6',
  18: 'f7',
  19: 'f8',
  20: 'f9',
  21: 'f10',
  23: 'f11',
  24: 'f12',
}
const BY_CHARACTER: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  ' ': 'space',
  '\u007f': 'backspace',
  '\b': 'backspace',
}

/** Reads the input of one terminal. */
export class TerminalInput {
  #rest = ''
  /** What was pasted so far, no longer than is kept; undefined outside of a paste. */
  #pasted: string | undefined

  /** Events of the next piece, with what waited. */
  read(piece: string): TerminalEvent[] {
    this.#rest += piece
    return this.#take(false)
  }

  /** Whether something waits for its end. */
  get waits(): boolean {
    return this.#pasted === undefined && this.#rest !== ''
  }

  /** Events of what waited and has no end: nothing followed for some time. */
  flush(): TerminalEvent[] {
    // A paste ends where it says so, however slow the line is.
    return this.#pasted === undefined ? this.#take(true) : []
  }

  /** Takes what is pasted piece by piece, so that much of it costs no more than reading it once. */
  #paste(): TerminalEvent | undefined {
    if (this.#pasted === undefined) {
      if (!this.#rest.startsWith(PASTE_BEGIN)) return undefined
      this.#rest = this.#rest.slice(PASTE_BEGIN.length)
      this.#pasted = ''
    }
    const end = this.#rest.indexOf(PASTE_END)
    // The end itself may be there by half.
    const length = end < 0 ? Math.max(0, this.#rest.length - PASTE_END.length + 1) : end
    const text = (this.#pasted + this.#rest.slice(0, length)).slice(0, PASTE_MAX_CHARACTERS)
    this.#rest = this.#rest.slice(end < 0 ? length : end + PASTE_END.length)
    this.#pasted = end < 0 ? text : undefined
    return end < 0 ? undefined : { kind: 'paste', text }
  }

  #take(all: boolean): TerminalEvent[] {
    const events: TerminalEvent[] = []
    for (;;) {
      const pasted = this.#paste()
      if (pasted !== undefined) events.push(pasted)
      if (this.#pasted !== undefined) return events
      const [event, length] = next(this.#rest, all)
      if (length === 0) return events
      this.#rest = this.#rest.slice(length)
      if (event !== undefined) events.push(event)
    }
  }
}

/** The first event of a text and its length; 0 when its end is not there yet. */
function next(text: string, all: boolean): [TerminalEvent | undefined, number] {
  if (text === '') return [undefined, 0]
  if (!text.startsWith(ESC)) return plain(text)
  if (text.startsWith(X10_MOUSE)) {
    if (text.length >= X10_MOUSE_CHARACTERS) return [undefined, X10_MOUSE_CHARACTERS]
    if (!all) return [undefined, 0]
  }
  const found = SEQUENCE.exec(text)
  if (found !== null) return [sequence(found), found[0].length]
  if (!all && text.length < SEQUENCE_MAX_CHARACTERS && text !== `${ESC}${ESC}`) {
    return [undefined, 0]
  }
  return [{ kind: 'key', key: 'escape' }, 1]
}

function plain(text: string): [TerminalEvent | undefined, number] {
  const character = String.fromCodePoint(text.codePointAt(0) as number)
  return [{ kind: 'key', key: keyOf(character) }, character.length]
}

function keyOf(character: string): string {
  const named = BY_CHARACTER[character]
  if (named !== undefined) return named
  const code = character.charCodeAt(0)
  return code < 0x20 ? `ctrl-${String.fromCharCode(code + 0x60)}` : character
}

function sequence(found: RegExpExecArray): TerminalEvent | undefined {
  const [, parameters = '', final = '', , letter = '', meta = ''] = found
  if (meta !== '') {
    return { kind: 'key', key: meta === ESC ? 'escape' : `alt-${keyOf(meta)}` }
  }
  if (parameters.startsWith('<')) return mouse(parameters.slice(1), final)
  const [number = ''] = parameters.split(/[;:]/)
  const key = final === '~' ? BY_NUMBER[number] : BY_LETTER[final === '' ? letter : final]
  return key === undefined ? undefined : { kind: 'key', key }
}

/** SGR 1006: button; column; row, `M` when pressed and `m` when released. */
function mouse(parameters: string, final: string): MouseEvent | undefined {
  const [button = 0, column = 1, row = 1] = parameters.split(';').map(Number)
  const kinds: Readonly<Record<number, MouseEvent['what']>> = {
    0: 'press',
    64: 'wheel-up',
    65: 'wheel-down',
  }
  // 4, 8 and 16 are shift, alt and control; 32 is a movement.
  const what = kinds[button & ~28]
  if (final !== 'M' || what === undefined) return undefined
  return { kind: 'mouse', what, row: row - 1, column: column - 1 }
}

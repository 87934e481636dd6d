/** The client as it stands, what comes to it and what it wants done; the forms of app.ts. */
import type { VerbShape } from '../../shared/completion.js'
import type { RunLine } from '../local/calls.js'
import type { CommandLine, Found } from './command-line.js'
import type { OpenDialog } from './dialog.js'
import type { Bindings, OwnKey } from './keys.js'
import type { LineEdit } from './line-edit.js'
import type { Panes } from './panes.js'
import type { CallEffect, Called, Dialog, Message, Opened, ScreenName } from './screen.js'
import type { MouseEvent } from './terminal-input.js'

/** What lies over the screen. */
export type Front =
  | { readonly front: 'dialog'; readonly open: OpenDialog; readonly asked: Asked }
  | { readonly front: 'search'; readonly edit: LineEdit; readonly before: string }
  | { readonly front: 'command'; readonly command: CommandLine }
  | { readonly front: 'help'; readonly top: number }
  | { readonly front: 'pane' }

/** Who asked a question: a screen, or the frame where it is missing. */
export interface Asked {
  readonly screen?: ScreenName
  readonly tag: string
}

/** A click, to know whether the next one makes it a double one. */
export interface Click {
  readonly row: number
  readonly column: number
  readonly at: number
}

/** The client as it stands. */
export interface App {
  readonly screens: readonly Opened[]
  readonly current: ScreenName
  readonly bindings: Bindings
  readonly own: readonly OwnKey[]
  /** The verbs, which are not screens; empty until they were learnt. */
  readonly verbs: readonly VerbShape[]
  readonly front?: Front | undefined
  readonly waiting: readonly { readonly dialog: Dialog; readonly asked: Asked }[]
  /** Commands and what they said. */
  readonly panes: Panes
  /** How many commands there were. */
  readonly runs: number
  /** The folder of the person: `~` in a command. */
  readonly person: string
  readonly message?: Message
  /** Commands of before, the latest last. */
  readonly history: readonly string[]
  readonly click?: Click
}

/** What comes to the client. */
export type AppEvent =
  | { readonly event: 'key'; readonly key: string }
  | { readonly event: 'paste'; readonly text: string }
  | { readonly event: 'mouse'; readonly mouse: MouseEvent }
  | { readonly event: 'called'; readonly screen: ScreenName | undefined; readonly called: Called }
  | { readonly event: 'run'; readonly run: number; readonly line: RunLine }
  | { readonly event: 'learnt'; readonly verbs: readonly VerbShape[] }
  | { readonly event: 'found'; readonly found: Found }

/** What the client wants done. */
export type AppEffect =
  | { readonly effect: 'call'; readonly screen: ScreenName | undefined; readonly call: CallEffect }
  | { readonly effect: 'run'; readonly run: number; readonly words: readonly string[] }
  | { readonly effect: 'stop-run'; readonly run: number }
  | { readonly effect: 'answer'; readonly question: string; readonly answer: string | undefined }
  /** The verbs are wanted, to tell them from screens. */
  | { readonly effect: 'learn' }
  /** What there is to name in a line is wanted, for completion. */
  | { readonly effect: 'look'; readonly line: string }
  | { readonly effect: 'redraw' | 'suspend' | 'quit' }

/** The client after an event, and what follows. */
export interface AppStep {
  readonly app: App
  readonly effects: readonly AppEffect[]
}

/** The screen that is shown. */
export function currentScreen({ current, screens }: App): Opened {
  return screens.find(({ name }) => name === current) ?? (screens[0] as Opened)
}

/** The screen that a command names; with arguments only verbs can be meant. */
export function screenNamed({ screens, verbs }: App, words: readonly string[]) {
  const [name, ...rest] = words
  if (rest.length > 0 || verbs.some((verb) => verb.name === name)) return undefined
  return screens.find((each) => each.name === name)?.name
}

/** The screen so many tabs beside the one that is shown. */
export function screenBeside(app: App, by: number): ScreenName {
  const { screens } = app
  const at = screens.indexOf(currentScreen(app)) + by + screens.length
  return (screens[at % screens.length] as Opened).name
}

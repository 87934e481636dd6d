/**
 * The contract of a screen: pure steps and pictures. The frame (app.ts) brings keys, mouse, answers
 * and the rest of the terminal; a screen says what follows and what is to be seen.
 */
import type { Refusal } from '../../shared/errors.js'
import type { Cid } from '../../shared/identifier.js'
import type { AnswerOf, LocalCall, RequestOf } from '../local/calls.js'
import type { ListAction } from './list.js'
import type { Line } from './paint.js'
import type { Need, World } from './world.js'

/** The screens, in the order of their numbers. */
export const SCREEN_NAMES = [
  'shop',
  'transfers',
  'seeding',
  'wallet',
  'blacklist',
  'cases',
  'log',
  'settings',
] as const
export type ScreenName = (typeof SCREEN_NAMES)[number]

/** Room of a screen in cells: what the frame leaves of the terminal. */
export interface Size {
  readonly rows: number
  readonly columns: number
}

/**
 * What the keys that all screens share mean: arrows, hjkl, Page Up and Down, g, G, Enter, Space, q.
 * `choose` comes from the mouse alone, with the number of a row.
 */
export type SharedAction =
  | 'up'
  | 'down'
  | 'left'
  | 'right'
  | 'pageup'
  | 'pagedown'
  | 'first'
  | 'last'
  | 'choose'
  | 'open'
  | 'mark'
  | 'back'

/** A key of a screen's own: a row of the help. */
export interface KeyRow<A extends string> {
  readonly action: A
  /** Keys that do it when the rc file says nothing else: `b`, `D`, `ctrl-r`, `delete`, `f5`. */
  readonly keys: readonly string[]
  /** What it does, for the help. */
  readonly does: string
  /** One word for the line at the bottom; without it the key stands in the help alone. */
  readonly short?: string
}

/** What comes to a screen. */
export type Input<A extends string> =
  /** A key, or a place that was clicked; `at` is the number that the place carries. */
  | { readonly input: 'action'; readonly action: A | SharedAction; readonly at?: number }
  /** The text behind `/`, as it is typed; `done` when Enter ended it. Empty text ends a search. */
  | { readonly input: 'search'; readonly text: string; readonly done: boolean }
  /** Another screen sent the person here for this content: to its row alone, or to all of it. */
  | { readonly input: 'show'; readonly cid: Cid; readonly row: boolean }
  /** The answer to `ask` with this tag; undefined when the person went back. */
  | { readonly input: 'said'; readonly tag: string; readonly text: string | undefined }
  | Called

/** The answer to a call of ours. */
export type Called = {
  readonly [C in LocalCall]: {
    readonly input: 'called'
    readonly call: C
    readonly request: RequestOf<C>
    readonly answer: AnswerOf<C> | Refusal
  }
}[LocalCall]

/** A question over the screen. */
export type Dialog = {
  readonly title: string
  /** What the person must know to answer; lines that are too long are cut. */
  readonly lines: readonly Line[]
} & (
  | {
      /** Yes only by a typed `y`; Enter alone is No. The text that comes back is `yes`. */
      readonly kind: 'confirm'
      /** What a yes does, as a verb: `buy`, `remove 3 contents`. */
      readonly yes: string
    }
  | { readonly kind: 'text'; readonly label: string; readonly value: string }
  /** One of these, by its first letter or by arrows and Enter; comes back as its word. */
  | { readonly kind: 'choice'; readonly words: readonly string[]; readonly at: number }
  | { readonly kind: 'note' }
)

/** A call that changes something, or that must be answered once. */
export type CallEffect = {
  readonly [C in LocalCall]: {
    readonly effect: 'call'
    readonly call: C
    readonly request: RequestOf<C>
  }
}[LocalCall]

/** A sentence for the line at the bottom. */
export interface Message {
  readonly text: string
  readonly level: 'info' | 'warning' | 'error'
}

/** What a screen wants done. */
export type Effect =
  /** The answer comes back as `called`. */
  | CallEffect
  /** Runs a verb of the command line; what it says fills a pane over the screen. */
  | { readonly effect: 'run'; readonly words: readonly string[] }
  /** The answer comes back as `said`. */
  | { readonly effect: 'ask'; readonly tag: string; readonly dialog: Dialog }
  /** To a screen, there to a content, there to its row alone. */
  | {
      readonly effect: 'go'
      readonly screen: ScreenName
      readonly cid?: Cid
      readonly row?: boolean
    }
  /** A sentence in the line at the bottom, until the next key. */
  | ({ readonly effect: 'tell' } & Message)

/** What follows an input. */
export interface Step<S> {
  readonly state: S
  readonly effects?: readonly Effect[]
}

/** What the step of an action is about. */
export interface Turn<S> {
  readonly state: S
  readonly world: World
  readonly size: Size
  /** The number that the place of a click carries; else 0. */
  readonly at: number
}

/** A step for each action, but for those that move a list. */
export type Steps<S, A extends string> = Readonly<
  Record<Exclude<A | SharedAction, ListAction>, (turn: Turn<S>) => Step<S>>
>

/** A stretch of a row that the mouse can hit. */
export interface Place<A extends string> {
  /** From 0, within the screen; `to` is the first cell behind it. */
  readonly row: number
  readonly from: number
  readonly to: number
  readonly action: A | SharedAction
  readonly at?: number
  /** What a second click at once does. */
  readonly twice?: A | SharedAction
}

/** What a screen shows: at most as many lines as there are rows. */
export interface Picture<A extends string> {
  readonly lines: readonly Line[]
  readonly places?: readonly Place<A>[]
  /** A few words for the frame's line: `12 of 1,000, 3 marked`. */
  readonly note?: string
}

/** What every screen remembers: the words that are searched now, with which `/` begins. */
export interface Searched {
  readonly text: string
}

/** A screen with its state S and its own actions A. */
export interface Screen<S extends Searched, A extends string> {
  readonly name: ScreenName
  readonly title: string
  readonly keys: readonly KeyRow<A>[]
  readonly start: S
  /** What it reads by calls; asked while the screen is shown. */
  needs?(state: S, world: World): readonly Need[]
  /** Whether `q` goes back within the screen, as it does from a search; else it ends the client. */
  deep?(state: S): boolean
  step(state: S, input: Input<A>, world: World, size: Size): Step<S>
  picture(state: S, world: World, size: Size): Picture<A>
}

/** A screen at one state, whatever its types. */
export interface Opened {
  readonly name: ScreenName
  readonly title: string
  readonly keys: readonly KeyRow<string>[]
  readonly deep: boolean
  readonly searched: string
  needs(world: World): readonly Need[]
  step(input: Input<string>, world: World, size: Size): Step<Opened>
  picture(world: World, size: Size): Picture<string>
}

/** A screen at its start, or at a state. Actions are those of its keys and places alone. */
export function opened<S extends Searched, A extends string>(
  screen: Screen<S, A>,
  state = screen.start,
): Opened {
  return {
    name: screen.name,
    title: screen.title,
    keys: screen.keys,
    deep: state.text !== '' || (screen.deep?.(state) ?? false),
    searched: state.text,
    needs: (world) => screen.needs?.(state, world) ?? [],
    step: (input, world, size) => {
      const next = screen.step(state, input as Input<A>, world, size)
      return { state: opened(screen, next.state), effects: next.effects ?? [] }
    },
    picture: (world, size) => screen.picture(state, world, size),
  }
}

/**
 * The whole client between terminal and local API: which screen is shown, what lies over it, and
 * what a key, a click or an answer comes to; pure.
 *
 * One thing at a time lies over the screen and takes the keys: a dialog, a prompt, the help, the
 * output of a verb. A dialog that comes while another thing lies there waits for its turn.
 */
import { refused } from '../../shared/errors.js'
import type { RunLine } from '../local/calls.js'
import {
  type App,
  type AppEffect,
  type AppEvent,
  type AppStep,
  type Asked,
  currentScreen,
  type Front,
  screenBeside,
  screenNamed,
} from './app-state.js'
import { clicked } from './clicks.js'
import { type CommandLine, type Found, offer, openCommand, stepCommand } from './command-line.js'
import { openDialog, pasteDialog, stepDialog } from './dialog.js'
import { END_ALL, endDialog } from './end-dialog.js'
import { stepHelp } from './help.js'
import { bodySize } from './layout.js'
import { editLine, insertText, lineEdit } from './line-edit.js'
import { pastePane, stepPane } from './pane.js'
import { beginRun, putPane, runTitle, shownPane, tellRun, turnPanes } from './panes.js'
import type { Called, Dialog, Effect, Input, Opened, ScreenName, Size } from './screen.js'
import type { MouseEvent } from './terminal-input.js'
import type { World } from './world.js'

/** What an event comes to; `size` is the terminal's. */
export function stepApp(app: App, event: AppEvent, world: World, size: Size): AppStep {
  const step = new Stepping(app, world, size)
  step.take(event)
  return step.end()
}

/** Rows that one turn of the wheel moves. */
const WHEEL_ROWS = 3

/** One step: the client and its effects as they grow. */
class Stepping {
  #app: App
  readonly #effects: AppEffect[] = []
  readonly #world: World
  readonly #size: Size

  constructor(app: App, world: World, size: Size) {
    this.#app = app
    this.#world = world
    this.#size = size
  }

  end(): AppStep {
    const [next, ...waiting] = this.#app.waiting
    if (this.#app.front === undefined && next !== undefined) {
      const open = openDialog(next.dialog, this.#world.now)
      this.#set({ front: { front: 'dialog', open, asked: next.asked }, waiting })
    }
    return { app: this.#app, effects: this.#effects }
  }

  take(event: AppEvent): void {
    if (event.event === 'key') this.#key(event.key)
    else if (event.event === 'paste') this.#paste(event.text)
    else if (event.event === 'mouse') this.#mouse(event.mouse)
    else if (event.event === 'called') this.#called(event.screen, event.called)
    else if (event.event === 'learnt') this.#set({ verbs: event.verbs })
    else if (event.event === 'found') this.#found(event.found)
    else this.#told(event.run, event.line)
  }

  /** A line of a verb that runs; what matters is said also while its pane is put away. */
  #told(run: number, line: RunLine): void {
    this.#set(tellRun(this.#app.panes, run, line, this.#app.front?.front === 'pane'))
  }

  #set(change: Partial<App>): void {
    this.#app = { ...this.#app, ...change }
  }

  #tell(text: string, level: 'info' | 'warning' | 'error'): void {
    this.#set({ message: { text, level } })
  }

  #key(key: string): void {
    const { message: _read, ...app } = this.#app
    this.#app = app
    const { front } = app
    if (front === undefined) this.#act(app.bindings(app.current, key), key)
    else if (front.front === 'dialog') this.#dialogKey(front, key)
    else if (front.front === 'search') this.#searchKey(front, key)
    else if (front.front === 'command') this.#commandKey(front.command, key)
    else if (front.front === 'help') {
      if (this.#leaves(key)) return
      const top = stepHelp(app, front.top, key, bodySize(this.#size))
      this.#set({ front: top === undefined ? undefined : { front: 'help', top } })
    } else this.#paneKey(key)
  }

  /** From help and panes some keys lead elsewhere: to the screens, to the command line. */
  #leaves(key: string): boolean {
    const action = this.#app.bindings(this.#app.current, key) ?? ''
    if (action !== 'command' && !action.startsWith('screen-')) return false
    this.#set({ front: undefined })
    this.#act(action, key)
    return true
  }

  #act(action: string | undefined, key: string): void {
    if (action === undefined) return
    const here = currentScreen(this.#app)
    const acts: Readonly<Record<string, () => void>> = {
      'screen-next': () => this.#go(screenBeside(this.#app, 1)),
      'screen-previous': () => this.#go(screenBeside(this.#app, -1)),
      search: () => {
        const before = here.searched
        this.#set({ front: { front: 'search', edit: lineEdit(before), before } })
      },
      command: () => this.#openCommand(),
      help: () => this.#set({ front: { front: 'help', top: 0 } }),
      output: () => {
        if (this.#app.panes.length === 0) this.#tell('no command was run yet', 'info')
        else this.#set({ front: { front: 'pane' } })
      },
      redraw: () => this.#effects.push({ effect: 'redraw' }),
      suspend: () => this.#effects.push({ effect: 'suspend' }),
      quit: () => this.#effects.push({ effect: 'quit' }),
      end: () => this.#ask(endDialog(this.#world.link.own), { tag: 'end' }),
      back: () => this.#back(here, key),
    }
    const screen = /^screen-(.*)$/.exec(action)?.[1]
    if (Object.hasOwn(acts, action)) acts[action]?.()
    else if (screen !== undefined) this.#go(screen as ScreenName)
    else this.#toScreen(here.name, { input: 'action', action })
  }

  #back(here: Opened, key: string): void {
    if (here.deep) this.#toScreen(here.name, { input: 'action', action: 'back' })
    else if (key !== 'escape' && key !== 'backspace') this.#effects.push({ effect: 'quit' })
  }

  #ask(dialog: Dialog, asked: Asked): void {
    this.#set({ waiting: [...this.#app.waiting, { dialog, asked }] })
  }

  #go(name: ScreenName, input?: Input<string>): void {
    if (!this.#app.screens.some((each) => each.name === name)) return
    this.#set({ current: name })
    if (input !== undefined) this.#toScreen(name, input)
  }

  #toScreen(name: ScreenName, input: Input<string>): void {
    const screen = this.#app.screens.find((each) => each.name === name)
    if (screen === undefined) return
    const { effects = [], state } = screen.step(input, this.#world, bodySize(this.#size))
    const screens = this.#app.screens.map((each) => (each === screen ? state : each))
    this.#set({ screens })
    for (const effect of effects) this.#perform(name, effect)
  }

  #perform(screen: ScreenName, effect: Effect): void {
    if (effect.effect === 'call') this.#effects.push({ effect: 'call', screen, call: effect })
    else if (effect.effect === 'run') this.#run(effect.words, runTitle(effect.words, this.#world))
    else if (effect.effect === 'ask') this.#ask(effect.dialog, { screen, tag: effect.tag })
    else if (effect.effect === 'tell') this.#tell(effect.text, effect.level)
    else if (effect.cid === undefined) this.#go(effect.screen)
    else this.#go(effect.screen, { input: 'show', cid: effect.cid, row: effect.row === true })
  }

  #dialogKey(front: Front & { front: 'dialog' }, key: string): void {
    const step = stepDialog(front.open, key, this.#world.now)
    if ('open' in step) {
      this.#set({ front: { ...front, open: step.open } })
      return
    }
    this.#set({ front: undefined })
    const { screen, tag } = front.asked
    if (screen !== undefined) this.#toScreen(screen, { input: 'said', tag, text: step.answer })
    else if (step.answer === 'yes') this.#effects.push(END_ALL)
  }

  #searchKey(front: Front & { front: 'search' }, key: string): void {
    const leaves = key === 'escape' || key === 'ctrl-c'
    const done = leaves || key === 'enter'
    const edit = done ? front.edit : (editLine(front.edit, key) ?? front.edit)
    this.#set({ front: done ? undefined : { ...front, edit } })
    const text = leaves ? front.before : edit.text
    if (done || edit.text !== front.edit.text) {
      this.#toScreen(this.#app.current, { input: 'search', text, done })
    }
  }

  #prompt(command: CommandLine): void {
    this.#set({ front: { front: 'command', command } })
  }

  #openCommand(): void {
    this.#prompt(openCommand(this.#app.history))
    if (this.#app.verbs.length === 0) this.#effects.push({ effect: 'learn' })
  }

  #commandKey(command: CommandLine, key: string): void {
    const step = stepCommand(command, key, this.#app.person)
    if ('command' in step) {
      this.#prompt(step.command)
      if (step.look !== undefined) this.#effects.push({ effect: 'look', line: step.look })
      return
    }
    this.#set({ front: undefined })
    if (step.words === undefined) return
    if (refused(step.words)) this.#tell(step.words.message, 'error')
    else this.#command(step.words, step.line)
  }

  #found(found: Found): void {
    const { front } = this.#app
    if (front?.front === 'command') this.#prompt(offer(front.command, found, this.#world))
  }

  #command(words: readonly string[], line: string): void {
    const [name = ''] = words
    const history = [...this.#app.history.filter((each) => each !== line), line]
    this.#set({ history })
    const screen = screenNamed(this.#app, words)
    if (name === 'q' || name === 'quit') this.#effects.push({ effect: 'quit' })
    else if (line === 'help') this.#act('help', '')
    else if (screen !== undefined) this.#go(screen)
    else this.#run(words, line)
  }

  #run(words: readonly string[], title: string): void {
    const run = this.#app.runs + 1
    this.#set({ panes: beginRun(this.#app.panes, run, title), runs: run, front: { front: 'pane' } })
    this.#effects.push({ effect: 'run', run, words })
  }

  #paneKey(key: string): void {
    const { bindings, current, panes } = this.#app
    const pane = shownPane(panes)
    if (pane === undefined) return this.#set({ front: undefined })
    if (pane.question === undefined) {
      if (bindings(current, key) === 'output') return this.#set({ panes: turnPanes(panes) })
      if (this.#leaves(key)) return
    }
    const step = stepPane(pane, key, bodySize(this.#size).rows)
    const closed = step.closed === true ? { front: undefined } : {}
    this.#set({ panes: putPane(panes, step.pane), ...closed })
    if (step.stop === true) this.#effects.push({ effect: 'stop-run', run: pane.run })
    if (step.answered !== undefined) {
      const { answer, name } = step.answered
      this.#effects.push({ effect: 'answer', question: name, answer })
    }
  }

  #paste(text: string): void {
    const { front, panes } = this.#app
    const pane = shownPane(panes)
    if (front?.front === 'dialog') {
      this.#set({ front: { ...front, open: pasteDialog(front.open, text) } })
    } else if (front?.front === 'search') {
      const edit = insertText(front.edit, text)
      this.#set({ front: { ...front, edit } })
      this.#toScreen(this.#app.current, { input: 'search', text: edit.text, done: false })
    } else if (front?.front === 'command') {
      this.#prompt({ ...front.command, edit: insertText(front.command.edit, text) })
    } else if (front?.front === 'pane' && pane !== undefined) {
      this.#set({ panes: putPane(panes, pastePane(pane, text)) })
    }
  }

  #mouse(mouse: MouseEvent): void {
    const wheel = { 'wheel-up': 'up', 'wheel-down': 'down', press: '' }[mouse.what]
    if (wheel !== '') {
      for (let turn = 0; turn < WHEEL_ROWS; turn++) this.#wheel(wheel)
      return
    }
    if (this.#app.front !== undefined) return
    const found = clicked(this.#app, mouse, this.#world, this.#size)
    this.#set({ click: found.click })
    if (found.screen !== undefined) this.#go(found.screen)
    else if (found.input !== undefined) this.#toScreen(this.#app.current, found.input)
  }

  #wheel(key: string): void {
    const front = this.#app.front?.front
    if (front === undefined) {
      this.#toScreen(this.#app.current, { input: 'action', action: key })
    } else if (front !== 'search' && front !== 'command') this.#key(key)
  }

  #called(screen: ScreenName | undefined, called: Called): void {
    if (screen !== undefined) this.#toScreen(screen, called)
    else if (refused<unknown>(called.answer)) this.#tell(called.answer.message, 'error')
  }
}

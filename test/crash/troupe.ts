/**
 * The programs of one run: tracker, seller and buyer, one of them killed at a point, all of them
 * started again as a person would.
 */
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Ended, floodgate, Program, type Start } from '../integration/programs.js'
import { type Point, pointText } from './effects.js'
import type { Role, Stage } from './stage.js'

const PRELOAD = fileURLToPath(new URL('preload.js', import.meta.url))
/** More than one crash and a few refusals cannot explain. */
const LIVES_MAX_COUNT = 20
const AGAIN_MS = 200
const POLL_MS = 20

/** What a run is made of. */
export interface Casting {
  readonly stage: Stage
  /** Holds the homes of this run. */
  readonly folder: string
  /** Who is watched, and dies at the point; everyone is watched when nobody is named. */
  readonly role: Role | undefined
  readonly point: Point | undefined
  /** For whoever is watched. */
  readonly environment: Readonly<Record<string, string>>
  /** Called when a program was killed, before it is started again. */
  readonly killed: () => Promise<void>
}

/** The file that a role's effects are written to. */
export const effectsFile = (folder: string, role: Role): string => join(folder, `${role}.effects`)

/** All programs of one run. */
export class Troupe {
  readonly #casting: Casting
  readonly #programs: Program[] = []
  #dismissed = false
  readonly tracker: Actor
  readonly seller: Actor

  constructor(casting: Casting) {
    this.#casting = casting
    this.tracker = this.#act('tracker', 'listening')
    this.seller = this.#act('seller', 'seeding')
  }

  #act(role: Role, ready: string): Actor {
    const { killed } = this.#casting
    return new Actor({ start: (life) => this.#start(role, life), role, ready, killed })
  }

  /** Starts a role's program for the n-th time; only the first life is watched. */
  #start(role: Role, life: number): Program {
    if (this.#dismissed) throw new Error('the run is over')
    const { folder, point, role: watched } = this.#casting
    const environment = {
      ...this.#casting.environment,
      FLOODGATE_CRASH_FILE: effectsFile(folder, role),
      ...(point === undefined ? {} : { FLOODGATE_CRASH: pointText(point) }),
    }
    const watch = life === 0 && (watched === undefined || watched === role)
    const start: Start = watch ? { node: ['--import', PRELOAD], environment } : {}
    const name = role === 'tracker' ? 'floodgate-tracker' : 'floodgate'
    const program = new Program(name, join(folder, role), this.#arguments(role), start)
    this.#programs.push(program)
    return program
  }

  #arguments(role: Role): readonly string[] {
    const { folder, stage } = this.#casting
    const { cid, folder: root, ports } = stage
    if (role === 'tracker') return ['serve']
    const data = join(root, 'data')
    const verb =
      role === 'seller'
        ? ['seed', join(data, 'content.torrent'), '--data', data]
        : ['get', cid, '--out', join(folder, 'out'), '--yes']
    return [...verb, '--host', '127.0.0.1', '--port', `${ports[role]}`, '--request-timeout', '3s']
  }

  /** Runs the buyer until it has the content; what was killed or found no tracker begins again. */
  async download(): Promise<Ended> {
    for (let life = 0; life < LIVES_MAX_COUNT; life++) {
      const ended = await this.#start('buyer', life).ended
      const { events, status, stderr } = ended
      if (status === 0) return ended
      if (status === null) await this.#casting.killed()
      else if (events.at(-1)?.code === 'unreachable') await wait(AGAIN_MS)
      else throw new Error(`the buyer: ${stderr}`)
    }
    throw new Error('the buyer cannot finish')
  }

  /** Claims what the seller's last life left behind; a tracker that is away is asked again. */
  async claimRest(): Promise<void> {
    for (let tries = 0; tries < LIVES_MAX_COUNT; tries++) {
      const home = join(this.#casting.folder, 'seller')
      const { events, status, stderr } = await floodgate(home, 'claim')
      if (status === 0) return
      if (events.at(-1)?.code !== 'unreachable') throw new Error(`the claim: ${stderr}`)
      await wait(AGAIN_MS)
    }
    throw new Error('the claim cannot be delivered')
  }

  /** The last things that each program said, for whoever looks for what went wrong. */
  get lastWords(): string {
    return this.#programs
      .map(({ events }, index) => `${index}: ${events.slice(-6).map((e) => JSON.stringify(e))}`)
      .join('\n')
  }

  /** Ends what still runs; nothing is started again. */
  async dismiss(): Promise<void> {
    this.#dismissed = true
    await Promise.all(this.#programs.map((program) => program.stop('SIGKILL')))
  }
}

/** What an actor plays. */
interface Part {
  readonly role: Role
  readonly start: (life: number) => Program
  /** The event after which the program does its work. */
  readonly ready: string
  readonly killed: () => Promise<void>
}

/** A program that is started again whenever it was killed, until it is told to stop. */
export class Actor {
  readonly #part: Part
  /** Undefined while it is dead. */
  #program: Program | undefined
  #lives = 0
  #leaving = false
  #over: Promise<Ended> | undefined
  #fail: (error: unknown) => void = () => undefined
  /** Rejects when the program ends of its own accord, or should not be started again. */
  readonly failed: Promise<never>

  constructor(part: Part) {
    this.#part = part
    this.failed = new Promise((_, reject) => {
      this.#fail = reject
    })
    this.failed.catch(() => undefined)
  }

  /** Starts the program and resolves when it is at work, in this life or the next. */
  async begin(): Promise<void> {
    this.#program = this.#enter()
    this.#over = this.#live(this.#program)
    this.#over.catch((error: unknown) => this.#fail(error))
    await this.#atWork()
  }

  #enter(): Program {
    const { role, start } = this.#part
    if (this.#lives >= LIVES_MAX_COUNT) throw new Error(`the ${role} dies again and again`)
    return start(this.#lives++)
  }

  async #live(program: Program): Promise<Ended> {
    for (let now = program; ; now = this.#program) {
      const ended = await now.over
      if (this.#leaving) return ended
      this.#program = undefined
      if (ended.status !== null) throw new Error(`the ${this.#part.role}: ${ended.stderr}`)
      await this.#part.killed()
      this.#program = this.#enter()
    }
  }

  /** The program at work, in this life or the next. */
  async #atWork(): Promise<Program> {
    for (;;) {
      const program = this.#program
      const up = program?.until(this.#part.ready)
      const ready = await Promise.race([up?.catch(() => undefined), this.failed])
      if (program !== undefined && program === this.#program && ready !== undefined) return program
      await Promise.race([wait(POLL_MS), this.failed])
    }
  }

  /** Ctrl-C, once it is at work; a program that is killed on its way out stays dead. */
  async stop(): Promise<void> {
    const program = await this.#atWork()
    this.#leaving = true
    void program.stop('SIGINT')
    const ended = await this.#over
    if (ended?.status !== 0 && ended?.status !== null) {
      throw new Error(`the ${this.#part.role}: ${ended?.stderr}`)
    }
  }
}

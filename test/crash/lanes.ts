/** Runs side by side, each on a stage of its own. */
import assert from 'node:assert/strict'
import { availableParallelism } from 'node:os'
import { pointText } from './effects.js'
import { replan } from './plan.js'
import { type Crash, effectsOf, type Played, play, type Twist } from './play.js'
import { type Stage, setStage, strike } from './stage.js'

/** Lives differ a little in how many effects they have. */
const PLANS_MAX_COUNT = 4
/** Runs at a time: one more than processors, since a run also waits for money to mature. */
export const LANES_COUNT = Math.min(3, availableParallelism() + 1)

/** The stages of one test file. */
export class Lanes {
  readonly #stages: Stage[] = []
  readonly #waiting: ((stage: Stage) => void)[] = []
  /** What a failed run left behind stays on the disk. */
  #failed = false

  async open(): Promise<void> {
    this.#stages.push(...(await Promise.all(Array.from({ length: LANES_COUNT }, setStage))))
  }

  close(): void {
    if (!this.#failed) for (const stage of this.#stages) strike(stage)
  }

  /** Gives a free stage to one run at a time. */
  async run<T>(job: (stage: Stage) => Promise<T>): Promise<T> {
    const free = this.#stages.pop()
    const stage = free ?? (await new Promise<Stage>((resolve) => this.#waiting.push(resolve)))
    try {
      return await job(stage)
    } catch (error) {
      this.#failed = true
      throw error
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#stages.push(stage)
      else next(stage)
    }
  }

  /** Plays a crash, or one near to it when the life ended before its point. */
  async attempt(crash: Crash, twist?: Twist): Promise<Played & { hit: string }> {
    let planned = crash
    for (let tries = 0; tries < PLANS_MAX_COUNT; tries++) {
      const played = await this.run((stage) => play(stage, planned, twist))
      const { folder, hit } = played
      if (hit !== undefined) return { ...played, hit }
      planned = replan(planned, effectsOf(folder, crash.role))
    }
    return assert.fail(`the ${crash.role} never came to ${pointText(crash.point)}`)
  }
}

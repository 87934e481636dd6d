/** A member whose program is the test: speaks to the tracker and to other members by hand. */
import { RegisterAnswer } from '../../shared/api.js'
import { decodeBody, Member } from '../unit/tracker-member.js'
import { Line } from './line.js'
import type { Bends, Speaker } from './speaker.js'
import type { Offered, Stage } from './stage.js'

/** A member of the stage's provider. */
export class Cheat extends Member implements Speaker {
  leaf: Uint8Array = new Uint8Array(0)
  readonly stage: Stage

  constructor(stage: Stage, name = 'Mallory') {
    super(stage, name)
    this.stage = stage
  }

  get issuing(): Uint8Array {
    return this.stage.tracker.authority.issuing
  }

  /** Becomes a member. */
  async join(): Promise<this> {
    const { body } = await this.register()
    const { certificate, uid } = decodeBody(RegisterAnswer, body)
    this.uid = uid
    this.leaf = certificate
    return this
  }

  /** Connects to a member and proves who it is; fails when the other side does not. */
  async meet(port: number, { cid }: Offered, bends: Bends = {}): Promise<Line> {
    const line = await Line.dial(port, cid)
    if (await line.meet(this, bends)) return line
    throw new Error('the connection ended before both had said hello')
  }
}

/** Sellers that cheat an honest buyer. */
import type { Event, Program } from '../integration/programs.js'
import { attacksOn, type Scene } from './harness.js'
import type { Asked } from './line.js'
import { Vendor } from './vendor.js'

const { row } = attacksOn('sellers')

/** A buyer's name for a play: each buys anew. */
const buyerOf = ({ b, name }: Scene): string => `buyer-${name}-${b}-${count++}`
let count = 0

row({
  attack: 'signs for good pieces and sends junk',
  source: '§III.D, §IV.B, D7',
  outcome: 'a piece is paid when its hash is right; two bad ones end the trade',
  defence: {
    file: 'client/engine/storing.js',
    from: 'if (refused(judged) || !judged.good)',
    to: 'if (refused(judged))',
  },
  atMost: () => 0,
  play: async (scene) => {
    const { stage, sold, dist } = scene
    await stage.dismissAll()
    const block = (_: unknown, good: Uint8Array) => good.map((byte) => byte ^ 1)
    const vendor = await Vendor.open(stage, sold, { block })
    const buyer = await stage.buyer(buyerOf(scene), sold, { dist })
    const paid = vendor.until('token').then(() => true)
    const closed = buyer.until('closed', ({ code }) => code === 'piece-junk').then(() => false)
    const succeeded = await Promise.race([paid, closed])
    await buyer.stop('SIGKILL')
    await vendor.close()
    return { succeeded, lost: vendor.tokens.length }
  },
})

/** Resolves when a download that has begun stands still for many times its request timeout. */
function stuck(buyer: Program): Promise<unknown> {
  const reports: Event[] = []
  return buyer.until('progress', (report) => {
    if (!reports.includes(report)) reports.push(report)
    const last = reports.slice(-7)
    const still = last.every(({ left }) => left === report.left && left !== report.bytes)
    return last.length === 7 && still
  })
}

row({
  attack: 'stalls at the last block',
  source: '§IV.B, D7',
  outcome: 'its request is withdrawn after the time set, and another seller delivers the piece',
  defence: {
    file: 'shared/exchange/buying.js',
    from: 'now - run.heard > context.requestTimeoutMs',
    to: 'now - run.heard > 1000 * context.requestTimeoutMs',
  },
  atMost: () => 0,
  play: async (scene) => {
    const { stage, sold, dist } = scene
    const block = ({ offset }: Asked, good: Uint8Array) => (offset > 0 ? undefined : good)
    // Slow enough that the buyer has not everything before it asks the other one.
    await stage.seller(undefined, 'unhurried', { more: ['--up-limit', '64k'] })
    const vendor = await Vendor.open(stage, sold, { block })
    const more = ['--request-timeout', '1s']
    const buyer = await stage.buyer(buyerOf(scene), sold, { dist, more })
    const done = buyer.until('done').then(() => false)
    const succeeded = await Promise.race([done, stuck(buyer).then(() => true)])
    await Promise.all([buyer.stop('SIGKILL'), vendor.close()])
    return { succeeded, lost: vendor.tokens.length }
  },
})

/** Sellers that cheat an honest buyer. */
import { attacksOn, type Scene } from './harness.js'
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
    file: 'client/engine/scheduler.js',
    from: 'if (refused(judged) || !judged.good)',
    to: 'if (refused(judged))',
  },
  atMost: () => 0,
  play: async (scene) => {
    const { stage, sold, dist } = scene
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

/** Members that one person makes, and work that one member asks for, through a proxy's address. */
import { randomBytes } from 'node:crypto'
import type { Rid } from '../../shared/identifier.js'
import { Cheat } from './cheat.js'
import { attacksOn } from './harness.js'

// Where calls come from says the proxy, so that cheats on this machine have addresses of their own.
const { row } = attacksOn('crowds', { serve: { options: ['--behind-proxy'] } })

/** Members that one address may make at once, with some room for what comes back meanwhile. */
const MOST = 35
const TRIED = 60
let crowds = 0
/** Of a claim: two of them are more than a member saves up for, and the third waits. */
const LONG_BYTES = 1024 * 1024

row({
  attack: 'makes members without end',
  source: '§IV.H',
  outcome: 'thirty at once from one address and one a minute; others register meanwhile',
  honest: 'tracker',
  defence: {
    file: 'tracker/members.js',
    from: '!tracker.doors.mayRegister(host)',
    to: 'false',
  },
  atMost: () => 0,
  play: async ({ stage }) => {
    const host = `198.51.100.${++crowds}`
    const registered = async (from: string): Promise<boolean> => {
      const cheat = new Cheat(stage, 'One of many')
      cheat.host = from
      return (await cheat.register()).code === 'ok'
    }
    const tries = await Promise.all(Array.from({ length: TRIED }, () => registered(host)))
    const made = tries.filter(Boolean).length
    const shutOut = !(await registered(`203.0.113.${crowds}`))
    return { succeeded: made > MOST || shutOut, lost: 0 }
  },
})

row({
  attack: 'has the tracker work for one member from many addresses',
  source: '§IV.H, §V',
  outcome: 'what a member asks for counts for it wherever it calls from, by what it costs',
  honest: 'tracker',
  defence: {
    file: 'tracker/calls.js',
    from: '!tracker.doors.mayCall(',
    to: 'false && (',
  },
  atMost: () => 0,
  play: async ({ stage }) => {
    const busy = await new Cheat(stage, 'Busy').join()
    const claim = new Uint8Array(LONG_BYTES)
    let answered = 0
    for (let call = 0; call < 6; call++) {
      busy.host = `198.51.100.${call}`
      const rid = randomBytes(16).toString('hex') as Rid
      const { reply } = await busy.claim([{ rid, claim }])
      if (reply.code === 'ok') answered++
    }
    const other = await new Cheat(stage, 'Other').join()
    other.host = '198.51.100.0'
    const { code } = await other.send('account', other.head())
    return { succeeded: answered > 3 || code !== 'ok', lost: 0 }
  },
})

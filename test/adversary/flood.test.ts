/** A flood at the tracker's door, beside honest members that announce. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { CALLS } from '../../shared/api.js'
import { Cheat } from './cheat.js'
import { attacksOn } from './harness.js'
import type { Offered, Stage } from './stage.js'

const FLOODER = fileURLToPath(new URL('flooder.js', import.meta.url))
const ANNOUNCES_PER_SECOND = 20
const ANNOUNCES_COUNT = 100
/** What the issue promises of honest announces, and of the tracker's memory. */
const P99_MAX_MS = 1000
/**
 * Where the tracker, or this process, which holds the watch, wants the processor and has it for
 * less than this part, nothing is judged by time.
 */
const SHARE_MIN = 0.5
/** What has not come by then does not come. */
const ANSWER_MAX_MS = 20 * P99_MAX_MS
const RSS_MAX_BYTES = 512 * 1024 * 1024

// Systems that give a process a thousand file handles are common.
const { row } = attacksOn('flood', { serve: { under: ['prlimit', '--nofile=1024:1024'] } })

/** Announces over a connection of its own; how long the answer took, without an answer for ever. */
async function announce(member: Cheat, { cid }: Offered): Promise<number> {
  const call = { ...member.head(), cid, port: 1, left: 1, event: '' }
  const body = member.sign('announce', call)
  const began = performance.now()
  const { hostname, port } = new URL(member.world.url)
  const headers = { 'content-length': body.length }
  const path = CALLS.announce.path
  const asked = request({ hostname, port, path, method: 'POST', headers, agent: false })
  asked.setTimeout(ANSWER_MAX_MS, () => asked.destroy())
  asked.end(body)
  return new Promise((resolve) => {
    asked.on('error', () => resolve(Number.POSITIVE_INFINITY))
    asked.on('response', (response) => {
      response.resume()
      const took = performance.now() - began
      response.once('close', () => resolve(response.statusCode === 200 ? took : Infinity))
    })
  })
}

/** Resident memory of a process. */
function memoryOf(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024
}

/** Begins to watch a process: gives for which part of the time that it wanted it it had the
 * processor, from then until asked. */
function watchProcessor(pid: number | undefined): () => number {
  // Nanoseconds.
  const read = (): [had: number, waited: number] => {
    const [had, waited] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ').map(Number)
    return [had as number, waited as number]
  }
  const before = read()
  return () => {
    const now = read()
    const [ran, waited] = [now[0] - before[0], now[1] - before[1]]
    return ran / (ran + waited)
  }
}

/** Announces of honest members at a steady pace: the 99th percentile in milliseconds, the tracker's
 * memory, and the share of the processor that it, or this process, had while it wanted it. */
async function honest(stage: Stage, sold: Offered) {
  // Each announces once a second, so that no call overtakes one before it.
  const joining = Array.from({ length: ANNOUNCES_PER_SECOND }, () => new Cheat(stage, 'Ann').join())
  const members = await Promise.all(joining)
  return async () => {
    const answers: Promise<number>[] = []
    let rss = 0
    const { pid } = stage.serving
    const shares = [pid, process.pid].map(watchProcessor)
    for (let count = 0; count < ANNOUNCES_COUNT; count++) {
      answers.push(announce(members[count % members.length] as Cheat, sold))
      rss = Math.max(rss, memoryOf(pid))
      await wait(1000 / ANNOUNCES_PER_SECOND)
    }
    const took = (await Promise.all(answers)).sort((a, b) => a - b)
    const share = Math.min(...shares.map((shareNow) => shareNow()))
    return { p99: took[Math.ceil(0.99 * took.length) - 1] as number, rss, share }
  }
}

row({
  attack: 'floods the tracker: 1,000 slow, 200 bad registrations a second, 64 busy',
  source: '§IV.H',
  outcome: 'honest announces, 20 a second, are answered within a second, in less than 512 MB',
  honest: 'tracker',
  defence: {
    file: 'tracker/http/connections.js',
    from: 'behindProxy ? undefined : HTTP_ADDRESS_CONNECTIONS_MAX_COUNT',
    to: 'undefined',
  },
  atMost: () => 0,
  play: async ({ t, stage, sold }) => {
    const measure = await honest(stage, sold)
    const { port } = new URL(stage.url)
    const { fingerprint } = stage.tracker.authority
    const flooder = spawn(process.execPath, [FLOODER, port, fingerprint])
    const ended = once(flooder, 'exit')
    try {
      const [said] = await once(flooder.stdout, 'data')
      assert.equal(String(said), 'ready\n')
      // The flood goes on; answers that are late, not missing, may be the fault of a busy machine.
      let { p99, rss, share } = await measure()
      for (let more = 0; more < 2 && p99 >= P99_MAX_MS && Number.isFinite(p99); more++) {
        const next = await measure()
        ;({ p99, share } = next)
        rss = Math.max(rss, next.rss)
      }
      const parts = `${Math.round(100 * share)} % of the processor`
      t.diagnostic(`p99 ${Math.round(p99)} ms, ${Math.round(rss / 1e6)} MB, ${parts}`)
      const late = p99 >= P99_MAX_MS && share >= SHARE_MIN
      const succeeded = late || !Number.isFinite(p99) || rss >= RSS_MAX_BYTES
      return { succeeded, lost: 0 }
    } finally {
      flooder.kill('SIGKILL')
      await ended
    }
  },
})

/** Registration by invitation: the codes of the verb, on a tracker that asks for them. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { fromHex } from '../../shared/bytes.js'
import { Member } from './tracker-member.js'
import { run, type Serving, serve } from './tracker-process.js'
import { World } from './tracker-world.js'

const CLIENT = fileURLToPath(new URL('../../client/main.js', import.meta.url))

let world: World
beforeEach(async () => {
  world = await World.start()
})
afterEach(() => world.close())

/** Makes an invitation by the verb, beside the tracker that serves. */
function invite(...options: readonly string[]): Uint8Array {
  const { lines, status, stderr } = run(world.home.folder, 'invite', '--json', ...options)
  assert.equal(status, 0, stderr)
  const code = fromHex(String(lines.at(-1)?.code))
  assert.equal(code?.length, 16)
  return code as Uint8Array
}

async function register(member: Member, invitation?: Uint8Array): Promise<string> {
  const call = member.registration()
  const fields = invitation === undefined ? call : { ...call, invitation }
  return (await member.send('register', fields, { lead: call.key })).code
}

test('a tracker that asks for invitations takes each as often as it says', async () => {
  await world.stop()
  await world.open({ registration: 'invited' })
  const [ann, bob] = [new Member(world, 'ann'), new Member(world, 'bob')]
  assert.equal(await register(ann), 'invitation-needed')
  assert.equal(await register(ann, new Uint8Array(16)), 'invitation-invalid')
  const code = invite('--uses', '2', '--note', 'spring')
  assert.equal(await register(ann, code), 'ok')
  // Who is a member already uses none up.
  assert.equal(await register(ann), 'ok')
  assert.equal(await register(ann, code), 'ok')
  assert.equal(await register(bob, code), 'ok')
  assert.equal(await register(new Member(world, 'carol'), code), 'invitation-invalid')
  const members = await world.tracker.store.read((rows) => rows.members.all())
  assert.deepEqual(
    members.map(({ invitation }) => invitation),
    [1, 1],
  )
})

test('an invitation ends with its time, or when the provider ends it', async () => {
  const [short, ended] = [invite('--for', '1h'), invite()]
  assert.equal(run(world.home.folder, 'invite', 'end', '2').status, 0)
  assert.equal(await register(new Member(world, 'ann'), ended), 'invitation-invalid')
  world.aheadMs = 3_600_000
  assert.equal(await register(new Member(world, 'ann'), short), 'invitation-invalid')
  assert.equal(await register(new Member(world, 'ann')), 'ok')
  const { lines } = run(world.home.folder, 'invite', 'list', '--json')
  const listed = lines.at(-1)?.invitations as { number: number; used: number }[]
  assert.deepEqual(
    listed.map(({ number, used }) => [number, used]),
    [
      [2, 0],
      [1, 0],
    ],
  )
  assert.ok(!JSON.stringify(listed).includes('hash'))
})

test('the programs: a code, and a registration with it', async () => {
  const home = mkdtempSync(join(tmpdir(), 'floodgate-invited-'))
  let serving: Serving | undefined
  try {
    serving = await serve(world.home.folder, '--registration', 'invited')
    const url = `http://127.0.0.1:${serving.port}`
    const registering = (...rest: readonly string[]) => {
      const args = [
        'register',
        '--json',
        '--home',
        home,
        '--tracker',
        url,
        '--name',
        'ann',
        ...rest,
      ]
      const { status, stdout } = spawnSync(process.execPath, [CLIENT, ...args])
      return { status, last: JSON.parse(String(stdout).trimEnd().split('\n').at(-1) ?? '{}') }
    }
    assert.equal(registering().last.code, 'invitation-needed')
    const wrong = registering('--invitation', 'secret')
    assert.deepEqual([wrong.status, wrong.last.code], [2, 'usage'])
    const code = Buffer.from(invite()).toString('hex')
    assert.equal(registering('--invitation', code).status, 0)
  } finally {
    await serving?.stop('SIGINT')
    rmSync(home, { recursive: true })
  }
})

test('wrong usage of invite is told', () => {
  for (const args of [
    ['end'],
    ['end', '9'],
    ['list', '1'],
    ['give'],
    ['--uses', '0'],
    ['--for', 'x'],
  ]) {
    const { status, stderr } = run(world.home.folder, 'invite', ...args)
    assert.equal(status, args[1] === '9' ? 1 : 2, `${args}: ${stderr}`)
  }
})

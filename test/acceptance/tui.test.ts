/** The full-screen client in a real terminal: what a person does there, at several sizes. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Market, sha256Of } from '../integration/market.js'
import { doneOf, floodgate } from '../integration/programs.js'
import { closeTerminals, openTerminal, press, resize, screen, shown, tmux, type } from './tmux.js'

const OFFER = { bytes: 64 * 16_384, pieceLength: 16_384, price: '2', reward: '0.01' }
const LIMIT = { timeout: 240_000 }

/** A provider, its seller, and ann with money. */
async function marketOf(t: TestContext) {
  const market = await Market.open(OFFER)
  t.after(closeTerminals)
  t.after(() => market.close())
  await market.member('house')
  await market.member('ann', '5')
  const seller = await market.seller('house')
  return { market, seller, home: market.home('ann'), out: market.home('out') }
}

/** Every row fits and the tabs are there, whatever the size. */
async function fits(columns: number, rows: number, expected: RegExp): Promise<void> {
  resize(columns, rows)
  const lines = (await screen(expected)).trimEnd().split('\n')
  assert.ok(lines.length <= rows)
}

test(
  'floodgate alone on a terminal works, shows, resizes and stops with its screen',
  LIMIT,
  async (t) => {
    const { home, market, out, seller } = await marketOf(t)
    doneOf(await floodgate(home, 'buy', market.cid, '--yes'))
    openTerminal(80, 24, '--home', home, '--out', out, '--host', '127.0.0.1')
    await screen(/1 \w+ +2 \w+[\s\S]*content\.bin +1\.05 MB 100 %[\s\S]*own process\n.*q stop/)
    await fits(120, 40, /content\.bin.*100 %/)
    await fits(200, 60, /content\.bin.*100 %[\s\S]*q stop/)
    await fits(40, 10, /content\.bin.*100 %[\s\S]*q stop/)
    await fits(20, 3, /content/)
    await fits(80, 24, /1\.05 MB 100 %[\s\S]*own process/)
    press('?')
    await screen(/pause what is marked/)
    press('G')
    await screen(/the wheel scrolls/)
    press('q')
    press(':')
    type(`seed ${join(home, 'iden')}`)
    press('Tab')
    await screen(/:.*identity\.key ?\n/)
    press('C-c')
    const beside = doneOf(await floodgate(home, 'wallet'))
    assert.equal(beside.spent, '2000000', 'a verb beside it is run by it')
    press('q')
    await screen(/stopped: 1 content, sent .*\n[\s\S]*ended 0/)
    assert.equal(sha256Of(readFileSync(join(out, 'content.bin'))), market.sha256)
    doneOf(await seller.stop())
    const wallet = doneOf(await floodgate(home, 'wallet'))
    assert.deepEqual([wallet.spent, wallet.agrees], ['2000000', true])
    await market.verify()
  },
)

test('screens attach to a daemon, outlive its death, and leave it at work', LIMIT, async (t) => {
  const { home, market, out } = await marketOf(t)
  const begin = ['daemon', '--background', '--host', '127.0.0.1']
  const first = doneOf(await floodgate(home, ...begin))
  openTerminal(80, 24, 'tui', '--home', home)
  await screen(/attached: q detaches/)
  press(':')
  type(`get ${market.cid} --out ${out}`)
  press('Enter')
  await screen(/Pay 2\.00 credit\? \[y\/N\]\n>/)
  press('Enter')
  await screen(/failed \(1\)/)
  press('q', ':', 'Up', 'Enter')
  await screen(/Pay 2\.00 credit\? \[y\/N\]\n>/)
  press('y', 'Enter')
  await screen(/get .* done/)
  press('q')
  await screen(/content\.bin +1\.05 MB 100 %/)
  process.kill(Number(first.pid), 'SIGKILL')
  await screen(/content\.bin[\s\S]*nobody holds this home now/)
  const second = doneOf(await floodgate(home, ...begin))
  await screen(new RegExp(`daemon ${second.pid}`))
  press('q')
  await screen(/detached: the work goes on[\s\S]*ended 0/)
  assert.equal(doneOf(await floodgate(home, 'daemon', '--status')).pid, second.pid)
  closeTerminals()
  openTerminal(80, 24, 'tui', '--home', home)
  await screen(new RegExp(`daemon ${second.pid}`))
  doneOf(await floodgate(home, 'daemon', '--stop'))
  await screen(/nobody holds this home now/)
  press('q')
  await screen(/nothing is at work[\s\S]*ended 0/)
  await market.verify()
})

test('all work is stopped from the screen by a typed y alone', LIMIT, async (t) => {
  const { home } = await marketOf(t)
  doneOf(await floodgate(home, 'daemon', '--background', '--host', '127.0.0.1'))
  t.after(() => floodgate(home, 'daemon', '--stop'))
  openTerminal(80, 24, 'tui', '--home', home)
  await screen(/attached/)
  press('Q')
  await screen(/Stop all work\?[\s\S]*y {2}stop the daemon/)
  press('Enter')
  await screen(/q detach/)
  press('Q')
  await screen(/Stop all work\?/)
  await new Promise((resolve) => setTimeout(resolve, 500))
  press('y')
  await screen(/the daemon stops[\s\S]*ended 0/)
})

test(
  'a name with control sequences, tags and wide characters is text and nothing else',
  LIMIT,
  async (t) => {
    const { home, market, out } = await marketOf(t)
    // What begins with ESC no torrent may carry; the same orders as single C1 characters it may.
    const [CSI, OSC, ST] = ['\u009b', '\u009d', '\u009c']
    const name = `${CSI}2J${OSC}52;c;aGk=${ST}{red-fg}{bold}映画{open}\u202efdp.bin`
    const file = join(market.folder, name)
    writeFileSync(file, 'a film that means no good')
    const terms = ['--price', '1', '--reward', '0.01', '--complaint-window', '1s']
    const { cid } = doneOf(await market.desk('publish', file, ...terms))
    openTerminal(80, 24, '--home', home, '--out', out, '--host', '127.0.0.1')
    await screen(/q stop/)
    press('1')
    const shop = await screen(/�2J�52;c;aGk=�\{red-fg\}/)
    assert.doesNotMatch(shop, /[\u0080-\u009f\u202e]/)
    press(':')
    type(`get ${cid} --out ${out}`)
    press('Enter')
    await screen(/Pay 1\.00 credit/)
    assert.match(shown(), /�2J�52;c;aGk=�\{red-fg\}\{bold\}映画/)
    press('Escape')
    await screen(/failed/)
    assert.equal(tmux('list-buffers'), '', 'nothing was put on the clipboard')
  },
)

test('keys, colours and the first screen come from tui.rc; NO_COLOR has none', LIMIT, async (t) => {
  const { home } = await marketOf(t)
  const before = process.env.NO_COLOR
  delete process.env.NO_COLOR
  t.after(() => {
    if (before === undefined) delete process.env.NO_COLOR
    else process.env.NO_COLOR = before
  })
  writeFileSync(join(home, 'tui.rc'), 'start log\nkey all x screen-settings\ncolour accent 201\n')
  openTerminal(80, 24, '--home', home, '--host', '127.0.0.1')
  await screen(/▼[\s\S]*f level/)
  // tmux may end the ground of the line before within this one.
  assert.match(shown(true), /38;5;201m(?:.\[49m)? ▼/)
  press('x')
  await screen(/e change/)
  press('q')
  await screen(/ended 0/)
  closeTerminals()
  writeFileSync(join(home, 'tui.rc'), 'strat log\n')
  openTerminal(120, 24, '--home', home)
  await screen(/tui\.rc:1: no order "strat"; did you mean start\?[\s\S]*ended 2/)
  closeTerminals()
  writeFileSync(join(home, 'tui.rc'), '')
  process.env.NO_COLOR = '1'
  openTerminal(80, 24, '--home', home, '--host', '127.0.0.1')
  await screen(/q stop/)
  assert.doesNotMatch(shown(true), /\[[\d;]*[349][0-8][;m]/)
  press('q')
  await screen(/ended 0/)
})

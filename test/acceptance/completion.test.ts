/** Completions at the prompt of real shells: a tab is pressed, then the line is read. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Market } from '../integration/market.js'
import { DIST, doneOf, floodgate } from '../integration/programs.js'
import { until } from '../until.js'
import { closeTerminals, tmux } from './tmux.js'

const PROGRAMS = { floodgate: 'client/main.js', 'floodgate-tracker': 'tracker/main.js' }

/** How each shell is started bare, and made to know the completions of both programs. */
const SHELLS = {
  bash: { start: 'bash --norc --noprofile', first: "PS1='> '" },
  zsh: { start: 'zsh -f', first: "PS1='> '; autoload -U compinit; compinit -u -D" },
  fish: { start: 'fish --no-config', first: "function fish_prompt; echo '> '; end" },
}

let market: Market
let bin: string

before(async () => {
  market = await Market.open({ bytes: 50_000, pieceLength: 16_384, price: '2', reward: '0.01' })
  await market.member('ann', '5')
  doneOf(await floodgate(market.home('ann'), 'buy', market.cid, '--yes'))
  bin = join(market.folder, 'bin')
  mkdirSync(bin)
  for (const [name, main] of Object.entries(PROGRAMS)) {
    const path = join(bin, name)
    writeFileSync(path, `#!/bin/sh\nexec ${process.execPath} ${join(DIST, main)} "$@"\n`)
    chmodSync(path, 0o755)
  }
  writeFileSync(join(bin, 'some album.torrent'), '')
  // A server of tmux ends with its last session, and a new one may still meet it.
  tmux('new-session', '-d', 'sleep 600')
})
after(async () => {
  closeTerminals()
  await market.close()
})

/** What is typed, and what the line shall read after a tab. */
function lines(): [string, RegExp][] {
  const { cid } = market
  return [
    ['floodgate compla', /^> floodgate complain$/],
    ['floodgate complain wr', /^> floodgate complain write$/],
    ['floodgate get --seed-f', /^> floodgate get --seed-for=?$/],
    [`floodgate get --yes ${cid.slice(0, 9)}`, new RegExp(`^> floodgate get --yes ${cid}$`)],
    ['floodgate get --hash-lists tr', /^> floodgate get --hash-lists tracker$/],
    ['floodgate seed some', /^> floodgate seed some\\ album\.torrent$/],
    ['floodgate-tracker ledger ver', /^> floodgate-tracker ledger verify$/],
  ]
}

for (const [shell, { first, start }] of Object.entries(SHELLS)) {
  const missing = spawnSync(shell, ['-c', 'true']).error === undefined ? false : `no ${shell} here`
  test(`a tab in ${shell}`, { skip: missing }, async (t) => {
    const home = market.home('ann')
    const env = `PATH=${bin}:${process.env.PATH} HOME=${bin} FLOODGATE_HOME=${home}`
    const size = ['-x', '150', '-y', '50', '-c', bin, '-s', shell]
    tmux('new-session', '-d', ...size, `env ${env} ${start}`)
    t.after(() => tmux('kill-session', '-t', shell))
    /** The last line of the screen that has something on it. */
    const line = (): string =>
      tmux('capture-pane', '-t', shell, '-p').trimEnd().split('\n').at(-1) ?? ''
    const shows = (fits: RegExp): Promise<true> =>
      until(`a line like ${fits}`, () => fits.test(line().trimEnd()), { everyMs: 50, seen: line })
    const run = async (command: string): Promise<void> => {
      tmux('send-keys', '-t', shell, '-l', `clear; ${command}`)
      tmux('send-keys', '-t', shell, 'Enter')
      await shows(/^>$/)
    }
    await run(first)
    for (const program of Object.keys(PROGRAMS)) {
      const source = shell === 'fish' ? `${program} completion fish | source` : undefined
      await run(source ?? `source <(${program} completion ${shell})`)
    }
    for (const [typed, expected] of lines()) {
      tmux('send-keys', '-t', shell, '-l', typed)
      await shows(new RegExp(`${typed.replace(/[\\.]/g, '\\$&')}$`))
      tmux('send-keys', '-t', shell, 'Tab')
      await shows(expected)
      assert.match(line().trimEnd(), expected)
      tmux('send-keys', '-t', shell, 'C-u')
      await shows(/^>$/)
    }
  })
}

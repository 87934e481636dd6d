/** A copy of the programs in which one defence is switched off. */
import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DIST } from '../integration/programs.js'

/** One place of the built programs, and what stands there instead. */
export interface Edit {
  /** Below dist/, as `shared/exchange/selling.js`. */
  readonly file: string
  /** What stands there now: exactly once in the file. */
  readonly from: string
  readonly to: string
}

/** The programs with one place edited. */
export interface Undefended {
  /** Stands for dist/ where a program is started. */
  readonly dist: string
  remove(): void
}

/** Copies what was built and edits one place of it; throws unless it is there exactly once. */
export function withoutDefence({ file, from, to }: Edit): Undefended {
  const root = mkdtempSync(join(tmpdir(), 'floodgate-undefended-'))
  const dist = join(root, 'dist')
  for (const part of ['client', 'shared', 'tracker']) {
    cpSync(join(DIST, part), join(dist, part), { recursive: true })
  }
  cpSync(join(DIST, '../package.json'), join(root, 'package.json'))
  symlinkSync(join(DIST, '../node_modules'), join(root, 'node_modules'))
  const path = join(dist, file)
  const text = readFileSync(path, 'utf8')
  const count = text.split(from).length - 1
  assert.equal(count, 1, `${file} has the place to edit ${count} times: ${from}`)
  writeFileSync(
    path,
    text.replace(from, () => to),
  )
  return { dist, remove: () => rmSync(root, { recursive: true }) }
}

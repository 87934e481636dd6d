/**
 * What every run starts from: a provider with one published content, a seller that has it and a
 * buyer with money, made once; each run gets its own copy of their homes.
 *
 * Addresses stay the same over restarts, as they do for real programs.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../free-port.js'
import { contentOf, sha256Of } from '../integration/market.js'
import { doneOf, floodgate, Program, tracker } from '../integration/programs.js'

export const PIECES = 32
export const PIECE_BYTES = 256 * 1024
const [N, B] = [2, 4]
/** Pieces that a seller can lose to a buyer that is gone: n unpaid and b - 1 unsigned (D6). */
export const EXPOSED = N + B - 1
/** Millionths. */
export const PRICE = 640_000n
export const REWARD = 10_000n
/** Three times the price: a second charge would succeed, and show. */
export const CREDIT = 3n * PRICE

/** Who takes part. */
export type Role = 'tracker' | 'seller' | 'buyer'

/** A made world, copied for each run. */
export interface Stage {
  readonly folder: string
  readonly ports: Readonly<Record<Role, number>>
  readonly cid: string
  readonly sha256: string
  readonly uids: Readonly<Record<'seller' | 'buyer', string>>
}

/** Makes a world of its own: every stage may be at work beside the others. */
export async function setStage(): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'floodgate-crash-'))
  const ports = {
    tracker: await freePort(),
    seller: await freePort(),
    buyer: await freePort(),
  }
  const home = (role: Role) => join(folder, 'homes', role)
  const data = join(folder, 'data')
  mkdirSync(data)
  mkdirSync(join(folder, 'homes'))
  const content = contentOf(PIECES * PIECE_BYTES)
  writeFileSync(join(data, 'content.bin'), content)
  const url = `http://127.0.0.1:${ports.tracker}`
  doneOf(await tracker(home('tracker'), 'init', '--name', 'Provider', '--url', url))
  const money = ['--price', '0.64', '--reward', '0.01', '--complaint-window', '300ms']
  const form = ['--n', `${N}`, '--b', `${B}`, '--piece-length', String(PIECE_BYTES)]
  const out = ['--out', join(data, 'content.torrent')]
  const path = join(data, 'content.bin')
  const { cid } = doneOf(await tracker(home('tracker'), 'publish', path, ...money, ...form, ...out))
  const serving = new Program('floodgate-tracker', home('tracker'), ['serve'])
  await serving.until('listening')
  const member = async (role: 'seller' | 'buyer'): Promise<string> => {
    const { uid } = doneOf(
      await floodgate(home(role), 'register', '--tracker', url, '--name', role),
    )
    return String(uid)
  }
  const uids = { seller: await member('seller'), buyer: await member('buyer') }
  doneOf(await serving.stop())
  doneOf(await tracker(home('tracker'), 'topup', uids.buyer, '1.92'))
  return { folder, ports, cid: String(cid), sha256: sha256Of(content), uids }
}

/** Copies the homes for one run; gives the folder that holds them. */
export function copyHomes(stage: Stage): string {
  const folder = mkdtempSync(join(stage.folder, 'run-'))
  cpSync(join(stage.folder, 'homes'), folder, { recursive: true })
  return folder
}

/** Removes a stage with everything that ran on it. */
export function strike(stage: Stage): void {
  rmSync(stage.folder, { recursive: true })
}

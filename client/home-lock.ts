/** Taking a home for this process alone: the folder made, checked and locked. */
import { chmodSync, existsSync, statSync } from 'node:fs'
import { type Refusal, refuse, refused } from '../shared/errors.js'
import { reasonOf } from '../shared/thrown.js'
import { makeFolder } from './folders.js'
import type { Home } from './home.js'
import { type HomeLock, lockHome } from './pay/wallet/lock.js'

const FOLDER_MODE = 0o700
/** Permission of group and others to write. */
const OTHERS_WRITE_MODE = 0o022

/** Makes the folder when it is missing and locks it for this process. Refusals: not-writable,
 * open-to-others, home-in-use. */
export function takeHome(home: Home): HomeLock | Refusal {
  const made = makePrivateFolder(home.folder)
  return refused(made) ? made : lockHome(home.lock, home.folder)
}

function makePrivateFolder(folder: string): Refusal | undefined {
  try {
    if (existsSync(folder)) return keptByUs(folder)
    makeFolder(folder, FOLDER_MODE)
    chmodSync(folder, FOLDER_MODE)
    return undefined
  } catch (error) {
    const why = reasonOf(error)
    return refuse('not-writable', `${folder} cannot be made: ${why}; choose one with --home`)
  }
}

/** Whoever may write to the folder can put another identity into it. */
function keptByUs(folder: string): Refusal | undefined {
  if ((statSync(folder).mode & OTHERS_WRITE_MODE) === 0) return undefined
  return refuse('open-to-others', `others can write to ${folder}: chmod 700 ${folder}`)
}

/** Programs whose clock is wrong: libfaketime shifts what the system says the time is. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Start } from '../integration/programs.js'

const LIBRARIES = '/usr/lib'

/** Debian keeps it below the folder of the architecture. */
function findLibrary(): string | undefined {
  if (!existsSync(LIBRARIES)) return undefined
  const paths = ['', ...readdirSync(LIBRARIES)].map((folder) => {
    return join(LIBRARIES, folder, 'faketime', 'libfaketime.so.1')
  })
  return paths.find((path) => existsSync(path))
}

const library = findLibrary()

/** Why clocks cannot be shifted here; false when they can. */
export const NO_CLOCKS = library === undefined ? 'faketime is not installed' : false

/** How a program is started whose clock is off by what a file says, at any moment. */
export function clockOffBy(path: string): Start {
  const { environment } = clockOff('+0')
  const { FAKETIME, ...rest } = environment ?? {}
  return { environment: { ...rest, FAKETIME_TIMESTAMP_FILE: path, FAKETIME_NO_CACHE: '1' } }
}

/** How a program is started whose clock is off by `shift`, as `+400d`; timers stay right. */
export function clockOff(shift: string): Start {
  if (library === undefined) throw new Error('faketime is not installed')
  const steady = { FAKETIME_DONT_FAKE_MONOTONIC: '1' }
  return { environment: { LD_PRELOAD: library, FAKETIME: shift, ...steady } }
}

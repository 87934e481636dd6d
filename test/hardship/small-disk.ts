/** A disk of 16 MiB that can be filled and made larger: a tmpfs, which only root may mount. */
import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const MIB = 1024 * 1024
const DISK_MIB = 16
const LARGER_MIB = 256
/** Blocks by which the disk is filled, the last ones small. */
const FILLERS_BYTES = [MIB, 65_536, 4096]

/** A small disk mounted on a folder. */
export class SmallDisk {
  readonly path: string

  private constructor(path: string) {
    this.path = path
  }

  /** Makes the folder and mounts the disk on it. */
  static mount(path: string): SmallDisk {
    mkdirSync(path, { recursive: true })
    const options = `size=${DISK_MIB}m,mode=700`
    const mount = ['-t', 'tmpfs', '-o', options, 'floodgate-test', path]
    execFileSync('mount', mount, { stdio: ['ignore', 'ignore', 'pipe'] })
    return new SmallDisk(path)
  }

  unmount(): void {
    execFileSync('umount', ['--lazy', this.path])
  }

  get #filler(): string {
    return join(this.path, 'filler')
  }

  /** Takes all the space there is. */
  fill(): void {
    const file = openSync(this.#filler, 'a')
    for (const size of FILLERS_BYTES) {
      const block = Buffer.alloc(size, 1)
      try {
        while (writeSync(file, block) === size);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
      }
    }
    closeSync(file)
  }

  /** Gives back what `fill` took. */
  empty(): void {
    rmSync(this.#filler)
  }

  /** Makes the disk large enough for anything here. */
  grow(): void {
    execFileSync('mount', ['-o', `remount,size=${LARGER_MIB}m`, this.path])
  }
}

/** Why a test with disks cannot run here; false when it can. */
export const NO_DISKS = triedOut()

function triedOut(): string | false {
  const folder = mkdtempSync(join(tmpdir(), 'floodgate-disk-'))
  try {
    SmallDisk.mount(folder).unmount()
    return false
  } catch {
    return 'only root can mount a disk of 16 MiB'
  } finally {
    rmSync(folder, { recursive: true })
  }
}

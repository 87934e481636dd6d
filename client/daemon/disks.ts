/** Room on disks, and what is to be said of it. */
import { statfsSync } from 'node:fs'

/** Free bytes on the disk of a folder; undefined when the system does not say. */
export function roomOf(folder: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize
  } catch {
    return undefined
  }
}

/** Room on the disk that a folder is on. */
import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Free bytes of the disk that a folder is on, or will be once it is made. */
export async function freeBytes(folder: string): Promise<number> {
  for (let path = folder; ; path = dirname(path)) {
    try {
      const { bavail, bsize } = await statfs(path)
      return bavail * bsize
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ENOENT' || dirname(path) === path) throw error
    }
  }
}

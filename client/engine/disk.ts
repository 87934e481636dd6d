/** What is done on a disk, with its errors as refusals. */
import { Failure, type Refusal, refuse } from '../../shared/errors.js'
import { systemRefusal } from '../../shared/thrown.js'

/** What the system says of bytes that cannot be had: no file, no folder, a broken medium. */
const LOST: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EIO', 'ESTALE', 'ENXIO', 'ENODEV'])

/** Does a job on the disk; refuses as disk-full, as data-lost for bytes that are gone, or as
 * `otherwise`. */
export async function attempt<T>(
  otherwise: 'not-writable' | 'not-readable',
  job: () => Promise<T>,
): Promise<T | Refusal> {
  try {
    return await job()
  } catch (error) {
    return refusalOf(error, otherwise)
  }
}

/** The refusal of what was thrown by the file system, or as a Failure. */
export function refusalOf(error: unknown, otherwise: 'not-writable' | 'not-readable'): Refusal {
  if (error instanceof Failure) return refuse(error.code, error.message)
  const { code, message } = error as NodeJS.ErrnoException
  if (code === undefined) throw error
  const known = systemRefusal(error)
  if (known?.code === 'disk-full') return known
  return refuse(otherwise === 'not-readable' && LOST.has(code) ? 'data-lost' : otherwise, message)
}

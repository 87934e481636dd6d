/** Deleting the files of a content that was removed, and nothing else. */
import { lstat, realpath, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Refusal, refused } from '../../shared/errors.js'
import { type Metainfo, parseMetainfo } from '../../shared/metainfo.js'
import { systemRefusal } from '../../shared/thrown.js'
import type { Customer } from '../customer.js'
import { Aside } from '../engine/aside.js'
import { Places } from '../engine/places.js'
import type { Wallet } from '../pay/wallet/wallet.js'

/** A content and the folder of its files. */
interface Lying {
  readonly metainfo: Metainfo
  readonly folder: string
}

/**
 * Deletes the content's files below a folder, and its own folders that are empty then. No link is
 * followed: what lies behind one stays. So does what another content of the wallet has there under
 * the same name, as an edition of it that was bought anew. Refuses as the disk does.
 */
export async function removeFiles(
  { wallet }: Pick<Customer, 'wallet'>,
  { folder, metainfo }: Lying,
): Promise<Refusal | undefined> {
  try {
    const root = await realpath(folder)
    const others = await pathsOf(othersIn(wallet, metainfo))
    const places = new Places(root)
    const folders = new Map<string, number>()
    for (const file of [...metainfo.files, new Aside(metainfo).file]) {
      if (file.padding) continue
      const path = await places.of(file)
      if (others.has(join(root, ...path)) || !(await isOwnFile(root, path))) continue
      await rm(join(root, ...path))
      for (let depth = path.length - 1; depth > 0; depth--) {
        folders.set(join(root, ...path.slice(0, depth)), depth)
      }
    }
    const deepest = [...folders].sort(([, one], [, other]) => other - one)
    for (const [path] of deepest) await rmdir(path).catch(() => undefined)
    return undefined
  } catch (error) {
    const problem = systemRefusal(error)
    if (problem === undefined) throw error
    return problem.code === 'not-readable' ? undefined : problem
  }
}

/** All other contents of the wallet that lie somewhere. */
function othersIn({ contents }: Wallet, { cid: own }: Metainfo): Lying[] {
  return contents.all().flatMap(({ cid, folder, torrent }) => {
    const metainfo = cid === own || folder === '' ? undefined : parseMetainfo(torrent)
    return metainfo === undefined || refused(metainfo) ? [] : [{ metainfo, folder }]
  })
}

/** Where the files of contents lie, by the real paths of their folders. */
async function pathsOf(contents: readonly Lying[]): Promise<ReadonlySet<string>> {
  const paths = new Set<string>()
  for (const { folder, metainfo } of contents) {
    const root = await realpath(folder).catch(() => undefined)
    if (root === undefined) continue
    const places = new Places(root)
    for (const file of metainfo.files) if (!file.padding) paths.add(await places.pathOf(file))
  }
  return paths
}

/** Whether a file lies there, below folders that are none but folders. */
async function isOwnFile(root: string, path: readonly string[]): Promise<boolean> {
  for (let depth = 1; depth <= path.length; depth++) {
    const facts = await lstat(join(root, ...path.slice(0, depth))).catch(() => undefined)
    const fits = depth < path.length ? facts?.isDirectory() : facts?.isFile()
    if (fits !== true) return false
  }
  return true
}

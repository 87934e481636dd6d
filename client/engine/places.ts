/**
 * Where the files of a torrent lie below a folder.
 *
 * That is where their mapped names say (shared/file-names.ts), unless the folder has a file under
 * exactly the name in the torrent: what its owner published from this folder is seeded from it.
 */
import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { MetainfoFile } from '../../shared/file-list.js'

/** Windows opens other things under some names (`a:b`, NUL), so there none is tried. */
const TRIES_OWN_NAMES = process.platform !== 'win32'

/** The places of one content's files; once looked up they stay. */
export class Places {
  readonly #folder: string
  readonly #known = new Map<MetainfoFile, Promise<readonly string[]>>()
  /** Names in a folder, by its path. */
  readonly #listed = new Map<string, Promise<ReadonlySet<string>>>()

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Elements of a file's path below the folder. */
  of(file: MetainfoFile): Promise<readonly string[]> {
    const place = this.#known.get(file) ?? this.#find(file)
    this.#known.set(file, place)
    return place
  }

  /** The file's path with its folder. */
  async pathOf(file: MetainfoFile): Promise<string> {
    return join(this.#folder, ...(await this.of(file)))
  }

  async #find({ path, stored }: MetainfoFile): Promise<readonly string[]> {
    const same = path.every((name, index) => name === stored[index])
    if (same || !TRIES_OWN_NAMES) return stored
    const found = await lstat(join(this.#folder, ...path)).catch(() => undefined)
    return found !== undefined && (await this.#lists(path)) ? path : stored
  }

  /** Whether every name is listed exactly as it is: a file system may find what it only takes for
   * the same name. */
  async #lists(path: readonly string[]): Promise<boolean> {
    let at = this.#folder
    for (const name of path) {
      const names = this.#listed.get(at) ?? namesIn(at)
      this.#listed.set(at, names)
      if (!(await names).has(name)) return false
      at = join(at, name)
    }
    return true
  }
}

async function namesIn(folder: string): Promise<ReadonlySet<string>> {
  return new Set(await readdir(folder).catch((): string[] => []))
}

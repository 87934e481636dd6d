/** Paths that a person begins to type, for the completion of the screens. */
import { readdir, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { visible } from '../shared/command.js'
import { CANDIDATES_MAX_COUNT, type Thing } from './ui/completion.js'

/**
 * The files and folders below `folder` whose paths begin so, the first of them by name; none where
 * the folder cannot be read. What begins with a dot has to be begun with one; `~/` is the folder
 * `person`.
 */
export async function pathsFrom(folder: string, begun: string, person: string): Promise<Thing[]> {
  const at = begun.lastIndexOf('/') + 1
  const [above, start] = [begun.slice(0, at), begun.slice(at)]
  const within = above.startsWith('~/') ? join(person, above.slice(2)) : resolve(folder, above)
  const names = await readdir(within).catch(() => [])
  const found = names
    .filter((name) => name.startsWith(start) && name.startsWith('.') === start.startsWith('.'))
    // Nobody could type it, or see it as it is.
    .filter((name) => visible(name) === name)
    .sort()
    .slice(0, CANDIDATES_MAX_COUNT)
  return Promise.all(
    found.map(async (name): Promise<Thing> => {
      const entry = await stat(resolve(within, name)).catch(() => undefined)
      const word = above + name
      if (entry?.isDirectory() !== true) return { kind: 'files', word, about: '' }
      return { kind: 'folders', word: `${word}/`, about: '' }
    }),
  )
}

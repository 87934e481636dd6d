/** Tells which files of a content get another name on the disk than they have in the torrent. */
import { type Report, visible } from './command.js'
import type { MetainfoFile } from './file-list.js'

/** Renamed files that are told one by one; the rest is counted. */
const TOLD_MAX_COUNT = 20

/** Files whose name on disk is not the one in the torrent, both as paths with slashes. */
export function renamedFiles(files: readonly MetainfoFile[]): { path: string; stored: string }[] {
  return files.flatMap(({ path, stored }) => {
    const [named, written] = [path.join('/'), stored.join('/')]
    return named === written ? [] : [{ path: named, stored: written }]
  })
}

/** Reports each as the event `renamed` with `path` and `stored`; after the first few, how many
 * `more` there are. */
export function reportRenamed(report: Report, files: readonly MetainfoFile[]): void {
  const renamed = renamedFiles(files)
  for (const { path, stored } of renamed.slice(0, TOLD_MAX_COUNT)) {
    const line = `not every system can hold the name ${visible(path)}: stored as ${visible(stored)}`
    report.event({ event: 'renamed', path, stored }, line)
  }
  const more = renamed.length - TOLD_MAX_COUNT
  if (more > 0) report.event({ event: 'renamed', more }, `and ${more} more names like these`)
}

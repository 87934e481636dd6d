/** Which files are for a player, and what kind each is. */
import type { MetainfoFile } from '../../shared/file-list.js'

/** Media types by the end of the name. */
const TYPES: Readonly<Record<string, string>> = {
  aac: 'audio/aac',
  avi: 'video/x-msvideo',
  flac: 'audio/flac',
  m2ts: 'video/mp2t',
  m4a: 'audio/mp4',
  m4v: 'video/mp4',
  mka: 'audio/x-matroska',
  mkv: 'video/x-matroska',
  mov: 'video/quicktime',
  mp3: 'audio/mpeg',
  mp4: 'video/mp4',
  mpeg: 'video/mpeg',
  mpg: 'video/mpeg',
  ogg: 'audio/ogg',
  ogv: 'video/ogg',
  opus: 'audio/ogg',
  ts: 'video/mp2t',
  wav: 'audio/wav',
  webm: 'video/webm',
  wmv: 'video/x-ms-wmv',
}

const endOf = (name: string): string => name.slice(name.lastIndexOf('.') + 1).toLowerCase()

/** The media type of a file by its name; one that says nothing for what no player takes. */
export function mediaType(name: string): string {
  const type = Object.hasOwn(TYPES, endOf(name)) ? TYPES[endOf(name)] : undefined
  return type ?? 'application/octet-stream'
}

/** Index of the file that is most likely meant: the largest that a player takes, else the largest;
 * undefined when all are empty. */
export function likelyFile(files: readonly MetainfoFile[]): number | undefined {
  const isMedia = ({ path }: MetainfoFile) => Object.hasOwn(TYPES, endOf(path.at(-1) ?? ''))
  const real = [...files.entries()].filter(([, { length, padding }]) => !padding && length > 0)
  const media = real.filter(([, file]) => isMedia(file))
  const [best] = (media.length > 0 ? media : real).sort(([, a], [, b]) => b.length - a.length)
  return best?.[0]
}

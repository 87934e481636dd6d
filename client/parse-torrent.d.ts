/** What we use of parse-torrent 11, which ships no types: the parsing of a magnet link. */
declare module 'parse-torrent' {
  /** Parses a magnet link; never given bytes, paths or addresses (metainfo.ts reads torrents). */
  // biome-ignore lint/style/noDefaultExport: the package has no other export.
  export default function parseTorrent(magnet: string): Promise<{ readonly infoHash?: string }>
}

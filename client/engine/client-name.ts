/** Which program a peer says it runs. */
import { CLIENT_NAME_MAX_CHARACTERS } from '../../shared/swarm-limits.js'

/** Names by the two letters of a peer id (BEP 20). */
const NAMES: Readonly<Record<string, string>> = {
  A2: 'aria2',
  AZ: 'Vuze',
  BT: 'BitTorrent',
  DE: 'Deluge',
  FG: 'Floodgate',
  KT: 'KTorrent',
  LT: 'libtorrent',
  lt: 'rTorrent',
  qB: 'qBittorrent',
  TR: 'Transmission',
  UT: 'µTorrent',
  WW: 'WebTorrent',
}

/**
 * The name and version of BEP 10's `v`, else what the peer id says of them (BEP 20); undefined when
 * neither does. It is the peer's own text: whoever shows it makes it visible first.
 */
export function clientName(version: unknown, peerId: Uint8Array | undefined): string | undefined {
  const text = version instanceof Uint8Array ? new TextDecoder().decode(version) : version
  if (typeof text === 'string' && text !== '') return text.slice(0, CLIENT_NAME_MAX_CHARACTERS)
  const id = String.fromCharCode(...(peerId ?? []).slice(0, 8))
  const found = /^-([A-Za-z0-9]{2})([A-Za-z0-9]{4})-$/.exec(id)
  if (found === null) return undefined
  const [, letters = '', digits = ''] = found
  return `${NAMES[letters] ?? letters} ${[...digits].join('.').replace(/(\.0)+$/, '')}`
}

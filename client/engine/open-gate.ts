/**
 * The gate of a free torrent: it opens for everyone, and the engine is a plain BitTorrent client.
 */
import type { Gate } from './gate.js'

/** A gate that serves every block and fetches every piece at once. */
export const openGate: Gate = {
  extension: undefined,
  exclusive: false,
  open: (_connection, act) => ({
    handshake: {},
    handshaken: () => {},
    met: () => true,
    message: () => {},
    room: () => Number.POSITIVE_INFINITY,
    mayFetch: () => true,
    want: (pieces) => {
      for (const piece of pieces) act({ do: 'fetch', piece })
    },
    arrived: () => true,
    expects: () => true,
    verified: (piece, good) => {
      if (!good) act({ do: 'free', piece })
    },
    rejected: ({ piece }) => act({ do: 'free', piece }),
    requested: (block) => act({ do: 'serve', block }),
    sent: () => {},
    debt: () => 0,
    account: () => undefined,
    tick: () => {},
    closed: () => {},
  }),
  close: () => Promise.resolve(),
}

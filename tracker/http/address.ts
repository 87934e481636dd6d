/** Where a request came from. */
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { isLoopback } from '../address.js'
import { plainAddress } from '../network.js'

const HEADER_MAX_CHARACTERS = 1024

/**
 * The caller's address; undefined when the connection is over. Behind a proxy on this machine it is
 * the last in X-Forwarded-For that is not this machine's: what stands before it anybody may have
 * written.
 */
export function callerOf(request: IncomingMessage, behindProxy: boolean): string | undefined {
  const direct = plainAddress(request.socket.remoteAddress ?? '')
  const header = behindProxy && isLoopback(direct) ? request.headers['x-forwarded-for'] : undefined
  const named = String(header ?? '')
    .slice(-HEADER_MAX_CHARACTERS)
    .split(',')
    .map(plainAddress)
  const foreign = named.findLast((each) => each !== '' && !isLoopback(each))
  const address = foreign ?? direct
  return isIP(address) === 0 ? undefined : address
}

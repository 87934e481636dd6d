/** Opening a TCP connection, within a time. */
import { connect, type Socket } from 'node:net'
import { type Refusal, refuse } from '../../shared/errors.js'
import { CONNECT_TIMEOUT_MS } from '../../shared/limits.js'
import { type Address, addressText } from './address-book.js'

/** Connects; refuses as unreachable. The socket comes paused. */
export function dial(address: Address): Promise<Socket | Refusal> {
  return new Promise((resolve) => {
    const socket = connect({ host: address.host, port: address.port })
    const fail = () => {
      clearTimeout(timer)
      socket.destroy()
      resolve(refuse('unreachable', `nobody answers at ${addressText(address)}`))
    }
    const timer = setTimeout(fail, CONNECT_TIMEOUT_MS)
    socket.once('error', fail)
    socket.once('connect', () => {
      clearTimeout(timer)
      socket.off('error', fail)
      socket.on('error', () => {})
      socket.pause()
      resolve(socket)
    })
  })
}

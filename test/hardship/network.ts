/**
 * Machines of their own on one wire: a network namespace for each, joined by a switch in another,
 * whose ports can be unplugged. Only root may make them; nothing of the host's network is touched.
 */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import type { Start } from '../integration/programs.js'

const NET = '10.77.0'

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] })
}

/** Why networks cannot be made here; false when they can. */
export const NO_NETWORKS = triedOut()

function triedOut(): string | false {
  const name = `floodgate-${process.pid}-trial`
  try {
    ip('netns', 'add', name)
    ip('netns', 'delete', name)
    return false
  } catch {
    return 'only root can make network namespaces, with ip of iproute2'
  }
}

/** A certificate for the tracker's address, which its members trust. */
export function certify(folder: string, address: string): { key: string; cert: string } {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const name = ['-subj', '/CN=tracker', '-addext', `subjectAltName=IP:${address}`]
  const made = ['req', '-x509', '-newkey', 'ed25519', '-nodes', '-days', '1', ...name]
  execFileSync('openssl', [...made, '-keyout', key, '-out', cert], { stdio: 'ignore' })
  return { key, cert }
}

/** Some machines on one wire. */
export class Network {
  readonly #names: readonly string[]

  private constructor(names: readonly string[]) {
    this.#names = names
  }

  /** Joins machines of these names. */
  static join(...names: readonly string[]): Network {
    const network = new Network(names)
    const hub = network.#space('hub')
    try {
      ip('netns', 'add', hub)
      ip('-n', hub, 'link', 'add', 'switch', 'type', 'bridge')
      ip('-n', hub, 'link', 'set', 'switch', 'up')
      for (const name of names) network.#add(hub, name)
    } catch (error) {
      network.remove()
      throw error
    }
    return network
  }

  #space(name: string): string {
    return `floodgate-${process.pid}-${name}`
  }

  #add(hub: string, name: string): void {
    const space = this.#space(name)
    ip('netns', 'add', space)
    ip('-n', hub, 'link', 'add', name, 'type', 'veth', 'peer', 'name', 'wire', 'netns', space)
    ip('-n', hub, 'link', 'set', name, 'master', 'switch', 'up')
    ip('-n', space, 'address', 'add', `${this.address(name)}/24`, 'dev', 'wire')
    ip('-n', space, 'link', 'set', 'wire', 'up')
    ip('-n', space, 'link', 'set', 'lo', 'up')
  }

  /** IPv4 address of a machine. */
  address(name: string): string {
    return `${NET}.${this.#names.indexOf(name) + 1}`
  }

  /** How programs of a machine are started. */
  start(name: string, environment: Readonly<Record<string, string>> = {}): Start {
    return { under: ['ip', 'netns', 'exec', this.#space(name)], environment }
  }

  /** Bounds what a machine sends: bytes per second, and milliseconds that may wait in its queue. */
  narrow(name: string, bytesPerSecond: number, queueMs: number): void {
    const rate = ['rate', `${bytesPerSecond * 8}bit`, 'burst', '16kb', 'latency', `${queueMs}ms`]
    const inside = ['netns', 'exec', this.#space(name), 'tc', 'qdisc', 'add', 'dev', 'wire']
    ip(...inside, 'root', 'tbf', ...rate)
  }

  unplug(name: string): void {
    ip('-n', this.#space('hub'), 'link', 'set', name, 'down')
  }

  plug(name: string): void {
    ip('-n', this.#space('hub'), 'link', 'set', name, 'up')
  }

  /** Takes everything away; programs inside must have ended. */
  remove(): void {
    for (const name of [...this.#names, 'hub']) {
      try {
        ip('netns', 'delete', this.#space(name))
      } catch {
        // It was never made.
      }
    }
  }
}

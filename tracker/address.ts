/** Where members reach a tracker; pure. */
import { type Refusal, refuse } from '../shared/errors.js'

const LOCAL_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]', '::1'])

/** Whether a host name means this machine and nothing else. */
export function isLoopback(host: string): boolean {
  return LOCAL_HOSTS.has(host) || /^127(\.\d{1,3}){3}$/.test(host)
}

/** Checks the URL of a tracker: https, or plain http to this machine (D17); gives it trimmed. */
export function parseTrackerUrl(text: string): string | Refusal {
  let url: URL
  try {
    url = new URL(text)
  } catch {
    return refuse('usage', `"${text}" is not a URL; write for example http://127.0.0.1:6969`)
  }
  const bare = url.pathname === '/' && url.search === '' && url.hash === '' && url.username === ''
  if (!bare) return refuse('usage', 'the URL of a tracker has no path, query or user')
  if (url.protocol === 'https:') return url.origin
  if (url.protocol === 'http:' && isLoopback(url.hostname)) return url.origin
  return refuse('insecure-transport', 'members reach a tracker by https, except on this machine')
}

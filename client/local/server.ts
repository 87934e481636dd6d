/**
 * The local API on the home's Unix socket: HTTP/1.1, so that `curl --unix-socket` speaks it too.
 *
 * Only the owner of the home reaches the socket (place.ts). What names a web page as its origin or
 * another host is refused all the same: a proxy may lead there.
 */
import { chmodSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { visible } from '../../shared/command.js'
import { type Code, type Refusal, refuse, refused } from '../../shared/errors.js'
import { LOCAL_BODY_MAX_BYTES, LOCAL_UNREAD_MAX_BYTES } from '../../shared/local-limits.js'
import { reasonOf } from '../../shared/thrown.js'
import {
  formsOf,
  LOCAL_API_VERSION,
  LOCAL_CALLS,
  type LocalCall,
  RunLine,
  RunRequest,
  Update,
  UpdatesRequest,
} from './calls.js'
import type { LocalApi } from './local-api.js'
import { type Place, preparePlace } from './place.js'
import { type Kind, readJson, writeJson } from './records.js'

const HOSTS: ReadonlySet<string> = new Set(['floodgate', 'localhost'])
const ROOT = `/v${LOCAL_API_VERSION}/`
/** Nobody else can open what is made meanwhile: a socket of our own user's alone. */
const PRIVATE_UMASK = 0o177
const SOCKET_MODE = 0o600

const STATUS: Partial<Record<Code, number>> = {
  malformed: 400,
  usage: 400,
  'foreign-request': 403,
  'not-found': 404,
  'too-large': 413,
  internal: 500,
}
/** Of a refusal that is the answer to a call in good order. */
const REFUSED_STATUS = 409

/** A socket that answers. */
export interface LocalServer {
  readonly path: string
  /** Ends every connection and takes the socket away. */
  close(): Promise<void>
}

/**
 * Serves an API at a place; the caller holds the home's lock, so that a socket which lies there is
 * what a killed process left. Refuses as open-to-others, not-writable.
 */
export async function serveLocal(place: Place, api: LocalApi): Promise<LocalServer | Refusal> {
  const problem = preparePlace(place)
  if (problem !== undefined) return problem
  const server = createServer((request, response) => {
    answer(api, request, response).catch((error: Error) => {
      turnDown(response, refuse('internal', error.message))
    })
  })
  const failed = await listen(server, place.path)
  if (failed !== undefined) return failed
  return {
    path: place.path,
    close: async () => {
      server.close()
      server.closeAllConnections()
      rmSync(place.path, { force: true })
    },
  }
}

async function listen(server: Server, path: string): Promise<Refusal | undefined> {
  try {
    rmSync(path, { force: true })
    const before = process.umask(PRIVATE_UMASK)
    try {
      // The socket is made before this returns.
      server.listen(path)
    } finally {
      process.umask(before)
    }
    await new Promise<void>((resolve, reject) => {
      server.once('listening', resolve)
      server.once('error', reject)
    })
    server.on('error', () => {})
    chmodSync(path, SOCKET_MODE)
    return undefined
  } catch (error) {
    server.close()
    return refuse('not-writable', `${path}: ${reasonOf(error)}`)
  }
}

async function answer(
  api: LocalApi,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const name = nameOf(request)
  if (refused(name)) return turnDown(response, name)
  const body = await bodyOf(request)
  if (refused(body)) return turnDown(response, body)
  if (name === 'updates') return sendUpdates(api, body, response)
  if (name === 'run') return sendRun(api, body, response)
  return sendAnswer(api, name as LocalCall, body, response)
}

/** The call that a request makes; refuses as foreign-request, usage, not-found. */
function nameOf({ headers, method, url = '' }: IncomingMessage): string | Refusal {
  const host = (headers.host ?? '').replace(/:\d*$/, '')
  if (!HOSTS.has(host)) {
    return refuse('foreign-request', 'the Host of a request is floodgate or localhost')
  }
  if (headers.origin !== undefined) {
    return refuse('foreign-request', 'requests of web pages are not answered')
  }
  const name = url.startsWith(ROOT) ? url.slice(ROOT.length) : ''
  const known = name === 'updates' || name === 'run' || Object.hasOwn(LOCAL_CALLS, name)
  if (!known) {
    return refuse('not-found', `no call ${visible(url)}; docs/LOCAL-API.md lists what there is`)
  }
  return method === 'POST' ? name : refuse('usage', `POST ${ROOT}${name} with a JSON object`)
}

async function bodyOf(request: IncomingMessage): Promise<string | Refusal> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request) {
    length += (chunk as Buffer).length
    if (length > LOCAL_BODY_MAX_BYTES) return refuse('too-large')
    chunks.push(chunk as Buffer)
  }
  return length === 0 ? '{}' : Buffer.concat(chunks).toString('utf8')
}

function turnDown(response: ServerResponse, { code, message }: Refusal): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  response.writeHead(STATUS[code] ?? REFUSED_STATUS, {
    'content-type': 'application/json',
    connection: 'close',
  })
  response.end(`${JSON.stringify({ code, message })}\n`)
}

async function sendAnswer<C extends LocalCall>(
  api: LocalApi,
  name: C,
  body: string,
  response: ServerResponse,
): Promise<void> {
  const forms = formsOf(name)
  const request = readJson(forms.request, body)
  if (refused(request)) return turnDown(response, request)
  const said = await api.call(name, request)
  if (refused(said)) return turnDown(response, said)
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(`${writeJson(forms.answer, said)}\n`)
}

/** A function that writes one line; who does not read for long is cut off, and asks again. */
function lineWriter<T>(response: ServerResponse, kind: Kind<T>): (value: T) => void {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' })
  response.flushHeaders()
  return (value) => {
    if (response.destroyed) return
    response.write(`${writeJson(kind, value)}\n`)
    if (response.writableLength > LOCAL_UNREAD_MAX_BYTES) response.destroy()
  }
}

function sendUpdates(api: LocalApi, body: string, response: ServerResponse): void {
  const request = readJson(UpdatesRequest, body)
  if (refused(request)) return turnDown(response, request)
  const write = lineWriter(response, Update)
  const stop = api.updates(request.every, write, () => response.end())
  response.on('close', stop)
}

function sendRun(api: LocalApi, body: string, response: ServerResponse): void {
  const request = readJson(RunRequest, body)
  if (refused(request)) return turnDown(response, request)
  const write = lineWriter(response, RunLine)
  const running = api.run(request, write)
  // Whoever went away reads no more: as Ctrl-C.
  response.on('close', () => running.stop())
  void running.exit.then((exit) => {
    write({ exit })
    response.end()
  })
}

/**
 * The addresses of the tracker, /fg/v1 and those of BEP 3: parse, ask, write.
 *
 * A signed answer goes out as bytes with the status of its code; what could not be answered under a
 * signature (an unknown address, a body that proves nobody) as JSON `{ code, message }`.
 */
import type { IncomingMessage, RequestListener } from 'node:http'
import express, { type ErrorRequestHandler, type Request, type Response } from 'express'
import { CALLS, type Call } from '../../shared/api.js'
import { refusalOf } from '../../shared/command.js'
import { refuse, refused } from '../../shared/errors.js'
import { parseCid } from '../../shared/identifier.js'
import {
  API_BODY_MAX_BYTES,
  CALL_BODY_MAX_BYTES,
  CATALOGUE_QUERY_MAX_BYTES,
} from '../../shared/limits.js'
import { answerCall } from '../calls.js'
import { listCatalogue } from '../catalog.js'
import { signedTime } from '../clock.js'
import type { Tracker } from '../tracker.js'
import { callerOf } from './address.js'
import { Guard } from './guard.js'
import { answerAnnounce, answerScrape, failureBody } from './plain.js'
import { Query } from './query.js'
import { statusOf } from './status.js'

const BYTES = 'application/octet-stream'
const TORRENT = 'application/x-bittorrent'
const TEXT = 'text/plain'
const NONCE_BYTES = 16
/** Who is gone before it was known where it called from. */
const NOBODY = '0.0.0.0'
const TOO_OFTEN = 'too many announces from your address; try again later'
const utf8 = new TextDecoder()

/** How requests reach the tracker. */
export interface Ingress {
  /** A proxy on this machine adds X-Forwarded-For; without one the header is anybody's claim. */
  readonly behindProxy: boolean
  /** Answers that may wait to be read; HTTP_ANSWERS_MAX_BYTES when absent. */
  readonly answersMaxBytes?: number
  /** Hears of errors that are ours. */
  readonly onError: (error: unknown) => void
}

/** Everything that a tracker answers: ordinary clients first, since they come by the thousand and
 * need nothing of the framework. */
export function createRoutes(tracker: Tracker, ingress: Ingress): RequestListener {
  const guard = new Guard(ingress.answersMaxBytes)
  const app = createApi(tracker, ingress, guard)
  return (request, response) => {
    const target = request.url ?? ''
    const end = target.indexOf('?')
    const path = end < 0 ? target : target.slice(0, end)
    const problem = guard.check(request, BODY_MAX_BYTES[path] ?? 0)
    if (problem !== undefined) return guard.refuse(response, problem)
    const answer = request.method === 'GET' ? PLAIN[path] : undefined
    const caller = callerOf(request, ingress.behindProxy)
    if (answer === undefined) {
      if (isAllowed(tracker, request, caller ?? NOBODY)) return app(request, response)
      return guard.refuse(response, refuse('rate-limited'))
    }
    const fail = (error: unknown): Uint8Array => {
      ingress.onError(error)
      return failureBody('internal error')
    }
    const send = (body: Uint8Array): void => guard.send(response, 200, TEXT, body)
    if (!tracker.doors.mayAnnounce(caller ?? NOBODY)) return send(failureBody(TOO_OFTEN))
    try {
      const body = answer(tracker, target, caller)
      if (body instanceof Promise) void body.catch(fail).then(send)
      else send(body)
    } catch (error) {
      send(fail(error))
    }
  }
}

/** Whether an address may have this answered. */
function isAllowed({ doors }: Tracker, request: IncomingMessage, caller: string): boolean {
  if (request.method !== 'POST') return doors.mayAsk(caller)
  return doors.maySend(caller, Number(request.headers['content-length'] ?? 0))
}

/** What ordinary clients ask for, by path. */
const PLAIN: Readonly<Record<string, typeof answerAnnounce | undefined>> = Object.assign(
  Object.create(null),
  { '/announce': answerAnnounce, '/scrape': answerScrape },
)

/** Calls that bring what was paid. */
const LONG: ReadonlySet<Call> = new Set(['claim', 'mail', 'respond'])

/** The longest body of each call, by path; whatever else is posted to has none. */
const BODY_MAX_BYTES: Readonly<Record<string, number | undefined>> = Object.assign(
  Object.create(null),
  Object.fromEntries(
    (Object.keys(CALLS) as Call[]).map((name) => [
      CALLS[name].path,
      LONG.has(name) ? API_BODY_MAX_BYTES : CALL_BODY_MAX_BYTES,
    ]),
  ),
)

/** The signed API, as an application of the framework. */
function createApi(tracker: Tracker, ingress: Ingress, guard: Guard): express.Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', false)
  for (const name of Object.keys(CALLS) as Call[]) {
    app.post(CALLS[name].path, async (request, response) => {
      const body = await guard.readBody(request, response)
      if (body === undefined) return
      const answered = await answerCall(tracker, name, body, hostOf(request, ingress))
      if (refused(answered)) return guard.refuse(response, answered)
      guard.send(response, statusOf(answered.code), BYTES, answered.bytes)
    })
  }
  addQuestions(app, tracker, ingress, guard)
  app.use((_request, response) => guard.refuse(response, refuse('not-found')))
  app.use(errorHandler(ingress, guard))
  return app
}

/** What anybody may ask without a signature; who asks for much may ask for less of it. */
function addQuestions(
  app: express.Express,
  tracker: Tracker,
  ingress: Ingress,
  guard: Guard,
): void {
  const give = (request: Request, response: Response, type: string, body: Uint8Array): void => {
    tracker.doors.chargeAsk(hostOf(request, ingress), body.length)
    guard.send(response, 200, type, body)
  }
  app.get('/fg/v1/time', (request, response) => {
    const nonce = new Query(request.url).bytes('nonce')
    const bytes = nonce && Buffer.from(utf8.decode(nonce), 'hex')
    if (bytes?.length !== NONCE_BYTES) {
      return guard.refuse(response, refuse('malformed', 'nonce=HEX takes 32 hex digits'))
    }
    give(request, response, BYTES, signedTime(tracker, new Uint8Array(bytes)))
  })
  app.get('/fg/v1/catalogue', async (request, response) => {
    const query = new Query(request.url).bytes('q') ?? new Uint8Array(0)
    if (query.length > CATALOGUE_QUERY_MAX_BYTES) return guard.refuse(response, refuse('too-large'))
    const text = utf8.decode(query)
    // What is not UTF-8 grows when it is replaced, and matches no name anyway.
    const short = Buffer.byteLength(text) > CATALOGUE_QUERY_MAX_BYTES ? text.slice(0, 64) : text
    give(request, response, BYTES, await listCatalogue(tracker, short))
  })
  app.get('/fg/v1/revocations', async (request, response) => {
    give(request, response, BYTES, await tracker.revocations.signed(tracker))
  })
  app.get('/fg/v1/torrents/:cid', async (request, response) => {
    const cid = parseCid(request.params.cid)
    if (refused(cid)) return guard.refuse(response, cid)
    const torrent = await tracker.store.read((rows) => rows.catalog.torrent(cid))
    if (torrent === undefined) return guard.refuse(response, refuse('unknown-cid'))
    give(request, response, TORRENT, torrent)
  })
}

/** Where a call came from; an address that is gone reads as nobody's. */
function hostOf(request: Request, { behindProxy }: Ingress): string {
  return callerOf(request, behindProxy) ?? NOBODY
}

/** What a handler threw: the framework's own complaints about a request, or a fault of ours. */
function errorHandler(ingress: Ingress, guard: Guard): ErrorRequestHandler {
  return (error, _request, response, next) => {
    if (response.headersSent) return next(error)
    if (error?.expose === true) return guard.refuse(response, refuse('malformed', error.message))
    ingress.onError(error)
    const known = refusalOf(error)
    guard.refuse(response, known.code === 'internal' ? refuse('internal') : known)
  }
}

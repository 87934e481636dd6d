/** The local API of the process that holds a home, over its socket. */
import { type IncomingMessage, request as send } from 'node:http'
import { type Code, isCode, type Refusal, refuse, refused } from '../../shared/errors.js'
import { LOCAL_ANSWER_MAX_BYTES, LOCAL_LINE_MAX_BYTES } from '../../shared/local-limits.js'
import {
  formsOf,
  LOCAL_API_VERSION,
  type LocalCall,
  type RequestOf,
  RunLine,
  RunRequest,
  Update,
  UpdatesRequest,
} from './calls.js'
import type { LocalApi, Running } from './local-api.js'
import { type Place, trustPlace } from './place.js'
import { type Kind, readJson, record, text, writeJson } from './records.js'

const Failed = record({ code: text, message: text })

/** A request under way. */
interface Exchange {
  readonly response: Promise<IncomingMessage | Refusal>
  cancel(): void
}

const GONE = 'the process that held this home has ended'

/** Sends one request; refuses as no-daemon when nobody answers. */
function post(path: string, name: string, body: string): Exchange {
  const request = send({
    socketPath: path,
    path: `/v${LOCAL_API_VERSION}/${name}`,
    method: 'POST',
    agent: false,
    headers: { host: 'floodgate', 'content-length': Buffer.byteLength(body) },
  })
  const response = new Promise<IncomingMessage | Refusal>((resolve) => {
    request.on('response', resolve)
    request.on('error', () => resolve(refuse('no-daemon', GONE)))
  })
  request.end(body)
  return { response, cancel: () => request.destroy() }
}

async function textOf(response: IncomingMessage): Promise<string | Refusal> {
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of response) {
      length += (chunk as Buffer).length
      if (length > LOCAL_ANSWER_MAX_BYTES) return refuse('too-large')
      chunks.push(chunk as Buffer)
    }
    return Buffer.concat(chunks).toString('utf8')
  } catch {
    return refuse('no-daemon', GONE)
  }
}

/** What an answer with another status than 200 says. */
function refusalIn(body: string): Refusal {
  const failed = readJson(Failed, body)
  if (refused(failed)) return failed
  const code: Code = isCode(failed.code) ? failed.code : 'internal'
  return refuse(code, failed.message)
}

/** Reads lines to the end; the refusal that ended them before. */
async function readLines<T>(
  { response: coming }: Exchange,
  kind: Kind<T>,
  told: (line: T) => void,
): Promise<Refusal | undefined> {
  const response = await coming
  if (refused(response)) return response
  if (response.statusCode !== 200) {
    const body = await textOf(response)
    return refused(body) ? body : refusalIn(body)
  }
  response.setEncoding('utf8')
  let rest = ''
  try {
    for await (const chunk of response) {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      if (rest.length > LOCAL_LINE_MAX_BYTES) return refuse('too-large')
      for (const line of lines) {
        const read = readJson(kind, line)
        if (refused(read)) return read
        told(read)
      }
    }
    return undefined
  } catch {
    return refuse('no-daemon', GONE)
  }
}

/** A socket's API; refuses as no-daemon where nothing lies, open-to-others where it is not ours. */
export function attach(place: Place): LocalApi | Refusal {
  const { path } = place
  const problem = trustPlace(place)
  if (problem !== undefined) return problem
  const call = async <C extends LocalCall>(name: C, request: RequestOf<C>) => {
    const { answer, request: form } = formsOf(name)
    const response = await post(path, name, writeJson(form, request)).response
    if (refused(response)) return response
    const body = await textOf(response)
    if (refused(body)) return body
    return response.statusCode === 200 ? readJson(answer, body) : refusalIn(body)
  }
  return {
    call,
    updates: (every, told, ended) => {
      const exchange = post(path, 'updates', writeJson(UpdatesRequest, { every }))
      let stopped = false
      void readLines(exchange, Update, told).then((problem) => {
        if (!stopped) ended(problem)
      })
      return () => {
        stopped = true
        exchange.cancel()
      }
    },
    run: (request, told) => {
      const exchange = post(path, 'run', writeJson(RunRequest, request))
      return runOver(exchange, told, (run) => void call('interrupt', { run }))
    },
  }
}

/** A verb that runs behind the socket; its Ctrl-C waits for the name that it is known by. */
function runOver(
  exchange: Exchange,
  told: (line: RunLine) => void,
  interrupt: (run: string) => void,
): Running {
  let name: string | undefined
  let stopping = false
  let last: RunLine['exit']
  const heard = (line: RunLine): void => {
    if (line.started !== undefined) {
      name = line.started
      if (stopping) interrupt(name)
    }
    if (line.exit === undefined) told(line)
    else last = line.exit
  }
  const exit = readLines(exchange, RunLine, heard).then(
    (problem) => last ?? { code: 1, message: problem?.message ?? GONE, lost: true },
  )
  return {
    exit,
    stop: () => {
      if (stopping) return
      stopping = true
      if (name !== undefined) interrupt(name)
    },
  }
}

/** What a tracker answered without a signature: a hint for the person, never believed as more. */
import { visible } from '../../../shared/command.js'
import { isCode, type Refusal, refuse } from '../../../shared/errors.js'
import type { HttpAnswer } from './transport.js'

const HINT_MAX_BYTES = 4096

/**
 * The refusal in an answer that is not a signed one: the code and text of its JSON, or its status.
 */
export function refusalIn(answer: HttpAnswer, who: string): Refusal {
  const { status } = answer
  const hint = hintIn(answer)
  if (hint !== undefined) return hint
  if (status === 429) return refuse('rate-limited', `${who} asks to try again later`)
  if (status >= 500) return refuse('unreachable', `${who} has a fault (HTTP ${status}); try later`)
  return refuse('bad-answer', `${who} gave no answer of a tracker (HTTP ${status})`)
}

/** The JSON `{ code, message }` of an unsigned refusal; undefined when the answer is not that. */
export function hintIn({ bytes }: HttpAnswer): Refusal | undefined {
  if (bytes.length > HINT_MAX_BYTES) return undefined
  try {
    const { code, message } = JSON.parse(Buffer.from(bytes).toString('utf8'))
    if (typeof code !== 'string' || typeof message !== 'string' || !isCode(code)) return undefined
    return refuse(code, visible(message))
  } catch {
    return undefined
  }
}

/** Whether an answer has not even the form of ours; no tracker signs these with a status of 500. */
export function isForm({ code }: Refusal): boolean {
  return code === 'malformed' || code === 'unsupported-version' || code === 'seal-broken'
}

/** The refusal of who has no membership at that address. */
export function notRegistered(url: string): Refusal {
  return refuse(
    'no-provider',
    `not registered yet: floodgate register --tracker ${url} --name NAME`,
  )
}

/** The refusal of a home that lies elsewhere than it did, while nobody can tell its age. */
export function mayBeCopy(): Refusal {
  return refuse(
    'home-copied',
    'this home was copied or came back from a backup, and only the tracker can tell whether it ' +
      'is the newest: try again when the tracker answers',
  )
}

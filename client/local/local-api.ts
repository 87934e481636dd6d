/** The local API as a caller sees it, whatever carries it. */
import type { Refusal } from '../../shared/errors.js'
import type { AnswerOf, LocalCall, RequestOf, RunLine, RunRequest, Update } from './calls.js'
import type { Of } from './records.js'

/** The process that holds the home. */
export interface LocalApi {
  /** One call; refuses with the code that came, or as no-daemon when nobody answers. */
  call<C extends LocalCall>(name: C, request: RequestOf<C>): Promise<AnswerOf<C> | Refusal>
  /** First everything, then what changed; `ended` is called once, when no more comes. */
  updates(
    everyMs: number,
    told: (update: Update) => void,
    ended: (problem: Refusal | undefined) => void,
  ): () => void
  /** Runs a verb there until its last line; `stop` is its Ctrl-C. */
  run(request: Of<typeof RunRequest>, told: (line: RunLine) => void): Running
}

/** A verb that runs elsewhere. */
export interface Running {
  readonly exit: Promise<NonNullable<RunLine['exit']>>
  stop(): void
}

/** Cases as a person was last told of them: what changed since is news. */
import type { Fingerprint } from '../../../shared/identifier.js'
import type { Sql } from './database.js'

/** Known cases of this wallet, by provider and number. */
export class CaseBook {
  readonly #db: Sql
  constructor(db: Sql) {
    this.#db = db
  }

  /** Notes the state of a case; false when it was known. */
  learn(provider: Fingerprint, number: number, state: string): boolean {
    const { changes } = this.#db
      .prepare(
        `INSERT INTO known_case (fingerprint, number, state) VALUES (?, ?, ?)
         ON CONFLICT DO UPDATE SET state = excluded.state WHERE state <> excluded.state`,
      )
      .run(provider, number, state)
    return changes > 0
  }
}

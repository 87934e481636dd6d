/**
 * What the tracker keeps of invitations, as rows, and the questions it asks of them.
 */

/** An invitation: how many may register with it, how many have, and until when. */
export interface InvitationRow {
  readonly id: number
  /** SHA-256 of the code. */
  readonly hash: Uint8Array
  /** The provider's own words, such as to whom it was given. */
  readonly note: string
  /** Members that may register with it. */
  readonly uses: number
  readonly used: number
  /** Milliseconds of the tracker's clock. */
  readonly made: number
  readonly until: number
}

/** Invitations by their hash. */
export interface InvitationRows {
  insert(row: Omit<InvitationRow, 'id' | 'used'>): Promise<number>
  byHash(hash: Uint8Array): Promise<InvitationRow | undefined>
  /** Every invitation, the newest first. */
  all(): Promise<InvitationRow[]>
  /** Takes one use of it; false when it has none left or its time is over. */
  use(id: number, nowMs: number): Promise<boolean>
  /** Ends an invitation at this time; false when there is none of this number. */
  end(id: number, nowMs: number): Promise<boolean>
}

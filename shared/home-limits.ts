/**
 * Limits of work in one's own home, which no one else sees; the rest is in shared/limits.ts.
 */

/** Contents or members that a shell offers at one tab: more than fit a screen, fewer than hurt. */
export const COMPLETION_MAX_COUNT = 200

/** Failures that pass: whoever meets one tries again. */
export const PASSING: ReadonlySet<string> = new Set([
  'unreachable',
  'internal',
  'disk-full',
  'insufficient-funds',
  'stale-time',
])

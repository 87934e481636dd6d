/** A moment as the desk reads it, to the second: `2026-11-22T02:48:29Z`; pure. */
export function when(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')
}

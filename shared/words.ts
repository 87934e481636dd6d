/** Counts as people read them; pure. */

/** `1 piece`, `40 pieces`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

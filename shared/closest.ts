/** What a mistyped word may have meant; pure. */

/** The known word that a mistyped one is nearest to; undefined when none is near. */
export function closest(word: string, known: readonly string[]): string | undefined {
  const near = word.length < 5 ? 1 : 2
  const ranked = known
    .map((candidate) => ({ candidate, distance: distanceOf(word, candidate) }))
    .filter(({ candidate, distance }) => distance <= near || begins(candidate, word))
    .sort((one, other) => one.distance - other.distance)
  return ranked[0]?.candidate
}

/** Whether a word was cut short rather than mistyped. */
function begins(candidate: string, word: string): boolean {
  return word.length >= 2 && candidate.startsWith(word)
}

/** Letters to insert, leave out, replace or swap with their neighbour (Damerau-Levenshtein). */
function distanceOf(one: string, other: string): number {
  let before: number[] = []
  let last = Array.from({ length: other.length + 1 }, (_, column) => column)
  for (let row = 1; row <= one.length; row++) {
    const next = [row]
    for (let column = 1; column <= other.length; column++) {
      const same = one[row - 1] === other[column - 1]
      const replaced = (last[column - 1] as number) + (same ? 0 : 1)
      const shifted = Math.min(last[column] as number, next[column - 1] as number) + 1
      const swaps = one[row - 2] === other[column - 1] && one[row - 1] === other[column - 2]
      const swapped = swaps && row > 1 && column > 1 ? (before[column - 2] as number) + 1 : shifted
      next.push(Math.min(replaced, shifted, swapped))
    }
    before = last
    last = next
  }
  return last[other.length] as number
}

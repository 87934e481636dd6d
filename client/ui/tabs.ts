/** The row of tabs: a number and a title for each screen, shorter where room is scarce; pure. */
import { cellsOf } from './cells.js'
import type { Line } from './paint.js'
import type { Opened, ScreenName } from './screen.js'

/** Where a tab stands. */
export interface TabPlace {
  readonly name: ScreenName
  readonly from: number
  readonly to: number
  readonly text: string
}

/** The tabs that fit into so many columns: all titles, or the shown one's, or numbers alone. */
export function tabPlaces(
  screens: readonly Opened[],
  current: ScreenName,
  columns: number,
): TabPlace[] {
  const shapes: readonly ((screen: Opened, number: number) => string)[] = [
    ({ title }, number) => ` ${number} ${title} `,
    ({ title }, number) => ` ${number}${title} `.replace(/^ (\d)/, '$1 '),
    ({ name, title }, number) => (name === current ? ` ${number} ${title} ` : ` ${number} `),
    (_screen, number) => `${number}`,
  ]
  const texts = shapes.map((shape) => screens.map((screen, at) => shape(screen, at + 1)))
  const fitting =
    texts.find((each) => cellsOf(each.join('')) <= columns) ?? (texts.at(-1) as string[])
  let from = 0
  return screens.map(({ name }, at) => {
    const text = fitting[at] as string
    const place = { name, from, to: from + cellsOf(text), text }
    from = place.to
    return place
  })
}

/** The row of tabs. */
export function tabLine(screens: readonly Opened[], current: ScreenName, columns: number): Line {
  return tabPlaces(screens, current, columns).map(({ name, text }) =>
    name === current ? [text, 'strong', 'chosen'] : [text, 'dim'],
  )
}

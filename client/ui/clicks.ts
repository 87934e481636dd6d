/** What a click hits: a tab, or a place of the screen; pure. */
import type { App, Click } from './app-state.js'
import { bodySize, layoutOf } from './layout.js'
import type { Input, ScreenName, Size } from './screen.js'
import { tabPlaces } from './tabs.js'
import type { MouseEvent } from './terminal-input.js'
import type { World } from './world.js'

/** What was hit. */
export interface Clicked {
  readonly click: Click
  readonly screen?: ScreenName
  readonly input?: Input<string>
}

/** Two clicks within this time on one row are a double click. */
const DOUBLE_MS = 400

/** What a click on the terminal comes to. */
export function clicked(app: App, mouse: MouseEvent, world: World, size: Size): Clicked {
  const { column, row } = mouse
  const click = { row, column, at: world.now }
  const { tabs } = layoutOf(size)
  if (row < tabs) {
    const tab = tabPlaces(app.screens, app.current, size.columns).find(
      ({ from, to }) => column >= from && column < to,
    )
    return tab === undefined ? { click } : { click, screen: tab.name }
  }
  const screen = app.screens.find(({ name }) => name === app.current)
  const places = screen?.picture(world, bodySize(size)).places ?? []
  const hit = places.find(
    (place) => place.row === row - tabs && column >= place.from && column < place.to,
  )
  if (hit === undefined) return { click }
  const before = app.click
  const twice = before !== undefined && before.row === row && world.now - before.at <= DOUBLE_MS
  const action = twice ? (hit.twice ?? hit.action) : hit.action
  const input: Input<string> = {
    input: 'action',
    action,
    ...(hit.at === undefined ? {} : { at: hit.at }),
  }
  return { click, input }
}

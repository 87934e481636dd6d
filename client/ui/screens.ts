/** The screens that there are, in the order of their numbers. */
import { logScreen } from './log-screen.js'
import { type Opened, opened } from './screen.js'
import { settingsScreen } from './settings-screen.js'
import { transfersScreen } from './transfers/transfers-screen.js'

/** Every screen at its start. */
export const SCREENS: readonly Opened[] = [
  opened(transfersScreen),
  opened(logScreen),
  opened(settingsScreen),
]

/** The screens that there are, in the order of their numbers. */
import { blacklistScreen } from './blacklist-screen.js'
import { casesScreen } from './cases-screen.js'
import { logScreen } from './log-screen.js'
import { type Opened, opened } from './screen.js'
import { seedingScreen } from './seeding/seeding-screen.js'
import { settingsScreen } from './settings-screen.js'
import { shopScreen } from './shop/shop-screen.js'
import { transfersScreen } from './transfers/transfers-screen.js'
import { walletScreen } from './wallet-screen.js'

/** Every screen at its start. */
export const SCREENS: readonly Opened[] = [
  opened(shopScreen),
  opened(transfersScreen),
  opened(seedingScreen),
  opened(walletScreen),
  opened(blacklistScreen),
  opened(casesScreen),
  opened(logScreen),
  opened(settingsScreen),
]

/** Finding the process that holds a home. */
import type { Refusal } from '../shared/errors.js'
import type { Context } from './customer.js'
import type { Home } from './home.js'
import type { LocalApi } from './local/local-api.js'

/** The API of the process that serves a home; refuses as no-daemon, open-to-others. */
export async function holderOf(home: Home, context: Context): Promise<LocalApi | Refusal> {
  // Loaded only here: most verbs find their home free.
  const { attach } = await import('./local/attach.js')
  const { placeOf } = await import('./local/place.js')
  return attach(placeOf(home, context.environment))
}

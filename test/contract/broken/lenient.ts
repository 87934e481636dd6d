/** Breaks the sixth law: a piece that was signed over to two sellers is overlooked. */
import { refused } from '../../../shared/errors.js'
import { floodgate } from '../../../shared/schemes/floodgate/floodgate.js'
import type { Broker, Scheme } from '../../../shared/schemes/scheme.js'

const arbitrate: Broker['arbitrate'] = (evidence) => {
  const findings = floodgate.broker.arbitrate(evidence)
  return refused(findings) ? findings : { ...findings, doubleSpent: [] }
}

export const lenient: Scheme = {
  ...floodgate,
  name: 'lenient',
  broker: { ...floodgate.broker, arbitrate },
}

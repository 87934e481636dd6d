/**
 * Judges bundles and case files of vectors.
 */
import { fingerprintOf } from '../../shared/certificate.js'
import { type Refusal, refused } from '../../shared/errors.js'
import { readBundle } from '../../shared/mediation/bundle.js'
import { judge } from '../../shared/mediation/rules.js'
import { floodgate } from '../../shared/schemes/floodgate/floodgate.js'
import { hex, type Json, type JsonObject, json, object } from './vector.js'

/** What a bundle complains of, under the provider whose root is given. */
export function runBundle({ bytes, root }: JsonObject): Json | Refusal {
  const fingerprint = fingerprintOf(hex(root))
  if (refused(fingerprint)) return fingerprint
  const bundle = readBundle(hex(bytes), fingerprint)
  if (refused(bundle)) return bundle
  const { accused, pieces, plaintiff, rid } = bundle.complaint
  return json({ plaintiff, accused, rid, pieces, counter: bundle.request.counter })
}

/** The verdict of a case file; what it says in words binds nobody. */
export function runCase({ bytes, root }: JsonObject): Json | Refusal {
  const fingerprint = fingerprintOf(hex(root))
  if (refused(fingerprint)) return fingerprint
  const schemes = new Map([[floodgate.name, floodgate]])
  const verdict = judge(hex(bytes), { fingerprint, schemes })
  if (refused(verdict)) return verdict
  const { reason: _, ...said } = verdict
  return object(said)
}

/**
 * The scheme `floodgate`: a secret token per piece, and a signature that names the payee (D2, D3).
 *
 * The paper's scheme (§III.C to F) with its bearer tokens bound to a seller: payer.ts pays,
 * payee.ts checks and claims, broker.ts issues and settles.
 */
import type { Scheme } from '../scheme.js'
import { broker } from './broker.js'
import { payee } from './payee.js'
import { payer } from './payer.js'

/** One row of the tables of schemes. */
export const floodgate: Scheme = { name: 'floodgate', payer, payee, broker }

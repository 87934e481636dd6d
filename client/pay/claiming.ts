/**
 * Earnings turned into money: claims by batch, by interval and on exit (paper §III.F; design D2).
 *
 * A claim is saved under its id before it leaves and repeated under that id until an answer is booked,
 * so that a lost answer costs nothing. What the tracker turns down is told and left for the next run:
 * asking the same again would not change its mind.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { type Amount, amount, ZERO } from '../../shared/amount.js'
import { ClaimCall } from '../../shared/api.js'
import { type Code, isCode, type Refusal, refused } from '../../shared/errors.js'
import type { Rid } from '../../shared/identifier.js'
import {
  API_BODY_MAX_BYTES,
  CLAIM_BATCH_PIECES,
  CLAIM_GRANTS_MAX_COUNT,
  CLAIM_INTERVAL_MS,
  PAID_PIECES_MAX_COUNT,
  RETRY_MAX_MS,
  RETRY_MIN_MS,
} from '../../shared/limits.js'
import type { Scheme } from '../../shared/schemes/scheme.js'
import { decode, encode, type Field, list, record, type TypeOf } from '../../shared/wire/record.js'
import type { AnswerOf } from './provider/calls.js'
import { type Provider, uidOf } from './provider.js'
import type { ClaimRow } from './wallet/claims.js'
import type { Wallet } from './wallet/wallet.js'

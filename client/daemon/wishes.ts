/** What a person wants of contents at work: files, order, a look at the disk, an announce. */
import { visible } from '../../shared/command.js'
import { type Refusal, refuse, refused } from '../../shared/errors.js'
import type { Cid } from '../../shared/identifier.js'
import { reselect, type Want } from '../engine/selection.js'
import type { AnswerOf, RequestOf } from '../local/calls.js'
import { detailOf } from '../trade/detail.js'
import type { Trade } from '../trade/trade.js'
import { type Held, note } from './held.js'
import type { Household } from './household.js'

function heldOf(household: Household, cid: Cid): Held | Refusal {
  return household.find(cid) ?? refuse('unknown-cid', `no content ${cid} here`)
}

/** Everything on one content. Refuses as unknown-cid. */
export function tellDetail(
  household: Household,
  { cid }: RequestOf<'detail'>,
): AnswerOf<'detail'> | Refusal {
  const held = heldOf(household, cid)
  return refused(held) ? held : detailOf(household.customer, held)
}

/** Files are wanted more, less or not from now on; kept for next time. Refuses as unknown-cid,
 * usage, and as the disk does. */
export async function setPriorities(
  household: Household,
  { cid, files }: RequestOf<'priorities'>,
): Promise<Refusal | Record<never, never>> {
  const held = heldOf(household, cid)
  if (refused(held)) return held
  const { metainfo } = held.content
  const wants = new Map<number, Want | undefined>()
  for (const { number, priority } of files) {
    if (metainfo.files[number - 1]?.padding !== false) {
      return refuse('usage', `this content has no file ${number}`)
    }
    wants.set(number - 1, priority === 'skip' ? undefined : priority)
  }
  const chosen = reselect(metainfo, held.chosen, wants)
  // At once: the next wish begins with this one, and so does what is paused meanwhile.
  note(held, { chosen })
  household.customer.wallet.contents.choose(cid, chosen)
  const problem = await held.trade?.work.choose(chosen)
  return problem === undefined || problem.code === 'interrupted' ? {} : problem
}

/** Pieces come in order or not; kept for next time. Refuses as unknown-cid. */
export function setSequential(
  household: Household,
  { cid, on }: RequestOf<'sequential'>,
): Refusal | Record<never, never> {
  const held = heldOf(household, cid)
  if (refused(held)) return held
  note(held, { sequential: on })
  household.customer.wallet.contents.hold(cid, held)
  held.trade?.work.inOrder(on)
  return {}
}

/** Begins to hash all that is on disk of a content; the log tells the end. Refuses as unknown-cid
 * and usage. */
export async function checkContent(household: Household, cid: Cid): Promise<Refusal | undefined> {
  const held = heldOf(household, cid)
  if (refused(held)) return held
  const trade = tradeOf(household, held)
  if (trade === undefined) return notAtWork()
  void tellCheck(household, held, trade)
  return undefined
}

async function tellCheck({ log }: Household, { content }: Held, trade: Trade): Promise<void> {
  const problem = await trade.work.check()
  const { have, pieceCount } = trade.snapshot()
  const name = visible(content.metainfo.name)
  if (problem === undefined) log.tell('info', `${name}: ${have} of ${pieceCount} pieces are good`)
  else log.tell('error', `${name}: ${problem.message}`, problem.code)
}

/** Whatever works on a content; one whose files are still being checked is there already. */
function tradeOf({ station }: Household, { content, paused, problem }: Held): Trade | undefined {
  if (paused || problem !== undefined) return undefined
  return station.trades.find((trade) => trade.content.metainfo.cid === content.metainfo.cid)
}

function notAtWork(): Refusal {
  return refuse('usage', 'this content is not at work: resume it, or wait until it has begun')
}

/** Tells a content's trackers, and asks them, now. Refuses as unknown-cid and usage. */
export async function announceContent(
  household: Household,
  cid: Cid,
): Promise<Refusal | undefined> {
  const held = heldOf(household, cid)
  if (refused(held)) return held
  const trade = tradeOf(household, held)
  trade?.announce()
  return trade === undefined ? notAtWork() : undefined
}

/** Limits of earn, each with its unit in the name and its reason. */
import { DAY_MS, MINUTE_MS, SECOND_MS } from './units.js'

/** How often catalogues are looked at and contents weighed anew: demand is counted by the day. */
export const EARN_LOOK_MS = 10 * MINUTE_MS
/** How often rules are looked at: what moves meanwhile can pass a cap of traffic. */
export const EARN_TICK_MS = SECOND_MS
/** How often earnings are summed up: it takes longer the more was traded. */
export const EARN_COUNT_MS = 5 * SECOND_MS
/** How often what is shown is made anew. */
export const EARN_SHOW_MS = 2 * SECOND_MS
/** How often terminals, sessions and load are looked at; terminals tell the time to 8 s anyway. */
export const EARN_USE_MS = 5 * SECOND_MS
/** Days of demand that are kept of what was never bought: two weeks are compared. */
export const DEMAND_KEPT_DAYS = 60
/** A purchase has to pay within so many days. */
export const EARN_HORIZON_DAYS = 30
/** What a content was refused for is not tried again before this has passed. */
export const EARN_RETRY_MS = DAY_MS / 4
/** Disk that is left to others, whatever the quota says. */
export const EARN_DISK_SPARE_BYTES = 1_000_000_000
/**
 * How long after the last block the way to a buyer is still asked about: without traffic of ours
 * there is nothing to pace.
 */
export const PROBE_AFTER_MS = 10 * SECOND_MS
/** A ping that is under way for so long is told of before it is back: a queue may hold more. */
export const PROBE_LATE_MS = SECOND_MS
/** Pings under way on one connection: two seconds of them, as long as the longest queues are. */
export const PROBES_MAX_COUNT = 8
/** Contents that are shown as not chosen. */
export const EARN_PASSED_MAX_COUNT = 100

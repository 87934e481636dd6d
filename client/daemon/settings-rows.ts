/** Settings of a home at work: shown, and changed in its config.toml. */
import { readFileSync } from 'node:fs'
import type { Values } from '../../shared/command.js'
import { type Refusal, refuse, refused } from '../../shared/errors.js'
import { changedSetting, type Setting, settingRows } from '../../shared/settings.js'
import { parseRate } from '../config.js'
import { writeWhole } from '../home.js'
import type { AnswerOf, RequestOf } from '../local/calls.js'
import type { SettingRow } from '../local/rows.js'
import { readSettingsOf, SETTINGS } from '../settings.js'
import type { Household } from './household.js'

/** Limits of the station that hold as soon as they are set, by the name of their setting. */
const LIMITS = { 'up-limit': 'upLimit', 'down-limit': 'downLimit' } as const

function limitOf(name: string): (typeof LIMITS)[keyof typeof LIMITS] | undefined {
  return name === 'up-limit' || name === 'down-limit' ? LIMITS[name] : undefined
}

/** Whether the command line of this process says it: then config.toml does not count before the
 * next start. */
const isTyped = (words: readonly string[], name: string): boolean =>
  words.some((word) => word === `--${name}` || word.startsWith(`--${name}=`))

/** Every setting that holds; refuses as usage, not-readable when the file is wrong. */
export function settingsOf({ customer, values }: Household): AnswerOf<'settings'> | Refusal {
  const { home, words } = customer
  const found = readSettingsOf(home)
  if (refused(found)) return found
  const rows = settingRows(SETTINGS, found, home.settings).map(({ name, shown, source }) => {
    const setting = SETTINGS.find((each) => each.name === name) as Setting
    const typed = isTyped(words, name)
    const live = setting.live === true || limitOf(name) !== undefined
    return {
      ...{ name, value: typed ? textOf(values, name) : shown },
      source: typed ? 'command line' : source === 'default' ? source : 'config.toml',
      help: setting.reason.join(' '),
      live: live && !typed,
    }
  })
  return { rows }
}

function textOf(values: Values, name: string): string {
  const value = values[name]
  return Array.isArray(value) ? value.join(', ') : String(value)
}

/**
 * Changes one setting in config.toml; an empty value takes it out. What is not live holds from the
 * next start on. Refuses as usage what the option would not take.
 */
export function setSetting(
  household: Household,
  { name, value }: RequestOf<'set'>,
): SettingRow | Refusal {
  const { home, words } = household.customer
  const setting = SETTINGS.find((each) => each.name === name)
  if (setting === undefined) return refuse('usage', `there is no setting ${name}`)
  const text = changedSetting(readFileSync(home.settings, 'utf8'), setting, value)
  if (refused(text)) return text
  const problem = writeWhole(home.settings, text)
  if (problem !== undefined) return problem
  const limit = limitOf(name)
  if (limit !== undefined && !isTyped(words, name)) {
    const rate = value === '' ? undefined : parseRate(value)
    if (refused(rate)) return rate
    household.station.limits = { ...household.station.limits, [limit]: rate }
  }
  const rows = settingsOf(household)
  if (refused(rows)) return rows
  return rows.rows.find((row) => row.name === name) ?? refuse('internal', `${name} is gone`)
}

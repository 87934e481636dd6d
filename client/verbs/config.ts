/** `config`: which settings hold, and what set each of them. */
import type { Verb } from '../../shared/command.js'
import { must } from '../../shared/errors.js'
import { settingRows } from '../../shared/settings.js'
import type { Context } from '../customer.js'
import { homeOf } from '../home.js'
import { readSettingsOf, SETTINGS } from '../settings.js'
import { formatTable } from '../ui/table.js'

export const config: Verb<Context> = {
  name: 'config',
  summary: 'show the settings that hold, and where each comes from',
  usage: '[--path]',
  options: { path: { type: 'boolean', help: 'print the path of the settings file alone' } },
  examples: ['', '--path'],
  run: async ({ report, values }, { environment }) => {
    const home = homeOf(values, environment)
    if (values.path === true) {
      report.line(home.settings)
      return { path: home.settings }
    }
    const rows = settingRows(SETTINGS, must(readSettingsOf(home)), home.settings)
    for (const { name, source, value } of rows) {
      report.event({ event: 'setting', name, value, source })
    }
    const table = rows.map(({ name, shown, source }) => [name, shown, source])
    for (const line of formatTable([['SETTING', 'VALUE', 'FROM'], ...table])) report.line(line)
    return { path: home.settings }
  },
}

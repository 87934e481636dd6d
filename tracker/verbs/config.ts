/** `config`: which settings hold, and what set each of them. */
import type { Verb } from '../../shared/command.js'
import { must } from '../../shared/errors.js'
import { settingRows } from '../../shared/settings.js'
import { homeOf, readConfig, readSettingsOf } from '../config.js'
import { SETTINGS } from '../settings.js'
import type { VerbContext } from './context.js'

export const config: Verb<VerbContext> = {
  name: 'config',
  summary: 'show the settings that hold, and where each comes from',
  usage: '[--path]',
  options: { path: { type: 'boolean', help: 'print the path of the settings file alone' } },
  examples: ['', '--path'],
  run: async ({ report, values }, { environment }) => {
    const home = homeOf(values, environment)
    if (values.path === true) {
      report.line(home.config)
      return { path: home.config }
    }
    must(readConfig(home))
    for (const row of settingRows(SETTINGS, must(readSettingsOf(home)), home.config)) {
      const { name, shown, source, value } = row
      const line = `${name.padEnd(18)}${shown.padEnd(30)} ${source}`
      report.event({ event: 'setting', name, value, source }, line)
    }
    return { path: home.config }
  },
}

/**
 * Writes the help of both programs into the reference of README.md, which a test compares with what
 * the programs say: `npx tsc -p . && node dist/test/house/write-help.js`.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { helpOf, PROGRAMS, verbsOf } from './program-help.js'
import { ROOT } from './source.js'

const path = join(ROOT, 'README.md')
let readme = readFileSync(path, 'utf8')
for (const [name, script] of PROGRAMS) {
  const own = await helpOf(script)
  const blocks = [`### ${name}`, '', '```', `${own}\`\`\``]
  for (const verb of verbsOf(own)) {
    blocks.push('', `#### ${name} ${verb}`, '', '```', `${await helpOf(script, verb)}\`\`\``)
  }
  const begin = readme.indexOf(`### ${name}\n`)
  const end = /\n##?#? /.exec(readme.slice(begin + 1))?.index
  if (begin < 0 || end === undefined) throw new Error(`README.md has no section ${name}`)
  readme = `${readme.slice(0, begin)}${blocks.join('\n')}\n${readme.slice(begin + 1 + end)}`
}
writeFileSync(path, readme)

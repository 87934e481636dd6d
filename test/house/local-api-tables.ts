/**
 * The tables of docs/LOCAL-API.md, made of the forms of the local API and the comments beside them.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as calls from '../../client/local/calls.js'
import * as rows from '../../client/local/rows.js'
import * as transfers from '../../client/local/transfer-rows.js'
import { ROOT } from './source.js'

interface Form {
  readonly shape: string
  readonly fields?: Readonly<Record<string, Form & { readonly optional?: true }>>
}

const FILES = ['calls', 'rows', 'transfer-rows'] as const
const HERE = FILES.map((name) => readFileSync(join(ROOT, `client/local/${name}.ts`), 'utf8'))

/** Records by their names, in the order of the files; the longest shape is named first. */
const RECORDS: readonly (readonly [name: string, form: Form])[] = Object.entries({
  ...transfers,
  ...rows,
  ...calls,
}).flatMap(([name, value]) => {
  const form = value as Partial<Form>
  return typeof form.shape === 'string' && form.fields !== undefined ? [[name, form as Form]] : []
})
const NAMED = [...RECORDS].sort(([, one], [, other]) => other.shape.length - one.shape.length)

/** A shape in which every record that has a table is called by its name. */
function shapeOf({ shape }: Form): string {
  return NAMED.reduce((text, [name, named]) => text.replaceAll(named.shape, name), shape)
}

/** A comment that stands before a line, without its marks; empty when none does. */
function commentBefore(text: string, line: RegExp): string {
  const at = text.search(line)
  const before =
    /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*$/.exec(text.slice(0, Math.max(0, at)))?.[1] ?? ''
  return before.replace(/\s*\n\s*\* ?/g, ' ').trim()
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}

/** The source of one record. */
function sourceOf(name: string): string {
  const text = HERE.find((each) => each.includes(`export const ${name} = record(`)) ?? ''
  const from = text.slice(text.indexOf(`export const ${name} = record(`))
  return from.slice(0, from.indexOf('\n})') + 1)
}

function recordTable([name, { fields = {} }]: (typeof RECORDS)[number]): string {
  const text = HERE.find((each) => each.includes(`export const ${name} = record(`)) ?? ''
  const about = commentBefore(text, new RegExp(`export const ${name} = record`))
  const source = sourceOf(name)
  const lines = Object.entries(fields).map(([field, form]) => {
    const said = commentBefore(source, new RegExp(`^ {2}${field}\\b[:,]`, 'm'))
    const may = form.optional === true ? ' or missing' : ''
    return `| \`${field}\` | ${cell(shapeOf(form))}${may} | ${cell(said)} |`
  })
  return [
    `### ${name}`,
    '',
    about,
    '',
    '| field | value | |',
    '| --- | --- | --- |',
    ...lines,
  ].join('\n')
}

function callTable(): string {
  const text = HERE[0] as string
  const source = text.slice(text.indexOf('export const LOCAL_CALLS'))
  const lines = Object.entries(calls.LOCAL_CALLS).map(([name, { answer, request }]) => {
    const said = commentBefore(source, new RegExp(`^ {2}${name}: \\{`, 'm'))
    return `| \`${name}\` | ${cell(shapeOf(request))} | ${cell(shapeOf(answer))} | ${cell(said)} |`
  })
  return ['| call | takes | answers | |', '| --- | --- | --- | --- |', ...lines].join('\n')
}

/** What stands between the marks of the document. */
export function localApiTables(): string {
  return [callTable(), ...RECORDS.map(recordTable)].join('\n\n')
}

/** The document with its tables as they are now. */
export function localApiDocument(document: string): string {
  const [begin, end] = ['<!-- tables -->', '<!-- end of tables -->']
  const from = document.indexOf(begin) + begin.length
  const to = document.indexOf(end)
  if (from < begin.length || to < from) throw new Error('docs/LOCAL-API.md has no place for tables')
  return `${document.slice(0, from)}\n\n${localApiTables()}\n\n${document.slice(to)}`
}

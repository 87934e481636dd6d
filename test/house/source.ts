/**
 * Source files as the house rules see them: path, text, code without comments, imports.
 *
 * Imports are found by pattern, not by a compiler: the formatter gives each one the same shape.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Folder of the repository; this file runs from dist/test/house. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** One file; `path` is relative to the repository, with forward slashes. */
export interface Source {
  readonly path: string
  readonly text: string
}

/** All TypeScript of the repository, without what is installed or built. */
export function readSources(): Source[] {
  return ['client', 'shared', 'test', 'tracker'].flatMap((folder) => walk(folder))
}

function walk(folder: string): Source[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return walk(path)
    if (!entry.name.endsWith('.ts')) return []
    return [{ path, text: readFileSync(join(ROOT, path), 'utf8') }]
  })
}

/** The text with every comment blanked out; a `//` inside a string that follows `:` stays. */
export function codeOf({ text }: Source): string {
  const blocks = text.replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
  return blocks.replace(/(^|[^:'"`\\])\/\/.*$/gm, '$1')
}

const IMPORT = /^\s*(?:import|export)\b[^'";]*?\bfrom\s+'([^']+)'|\bimport\s*\(?\s*'([^']+)'/gm

/** What a file imports: `path/of/file.ts` of this repository, or the name of a package. */
export function importsOf(source: Source): string[] {
  return [...codeOf(source).matchAll(IMPORT)].map((match) => {
    const name = (match[1] ?? match[2]) as string
    if (!name.startsWith('.')) return name
    return normalize(join(dirname(source.path), name)).replace(/\.js$/, '.ts')
  })
}

/** Starting a person's player. */
import { spawn } from 'node:child_process'

/**
 * Runs the first of several command lines whose program is there, and resolves when it ends: with
 * the program's name, or undefined when there is none of them. No shell reads them; what the player
 * says is not shown. `stop` ends it.
 */
export async function launch(
  commands: readonly (readonly string[])[],
  stop: AbortSignal,
): Promise<string | undefined> {
  for (const [program, ...args] of commands) {
    if (program !== undefined && (await ran(program, args, stop))) return program
  }
  return undefined
}

/** Whether the program could be started; resolves when it has ended. */
function ran(program: string, args: readonly string[], stop: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'ignore' })
    const end = (): void => {
      child.kill()
    }
    child.once('spawn', () => {
      if (stop.aborted) end()
      stop.addEventListener('abort', end, { once: true })
    })
    child.once('error', () => resolve(false))
    child.once('exit', () => {
      stop.removeEventListener('abort', end)
      resolve(true)
    })
  })
}

/** A verb of this process, run by the one that holds the home: what a person sees is the same. */
import { toJson } from '../../shared/command.js'
import type { Context } from '../customer.js'
import type { RunLine } from './calls.js'
import type { LocalApi } from './local-api.js'

/** Lets the holder run the words of our command line; gives their exit code. */
export async function relay(api: LocalApi, context: Context): Promise<number> {
  const { folder, stop, streams, terminal, words } = context
  const { interactive, live } = terminal
  const columns = terminal.columns()
  const running = api.run({ words, folder, live, interactive, columns }, (line) =>
    show(api, context, line),
  )
  const interrupt = (): void => running.stop()
  if (stop.aborted) interrupt()
  stop.addEventListener('abort', interrupt, { once: true })
  const { code, lost, message } = await running.exit
  stop.removeEventListener('abort', interrupt)
  terminal.draw('')
  if (message !== undefined) streams.err(lost === true ? `floodgate: ${message}` : message)
  if (lost === true && words.includes('--json')) {
    streams.out(toJson({ event: 'error', code: 'no-daemon', message }))
  }
  return code
}

function show(api: LocalApi, { stop, streams, terminal }: Context, line: RunLine): void {
  const text = line.line ?? line.event
  if (text !== undefined) streams.out(text)
  if (line.draw !== undefined) terminal.draw(line.draw)
  const { launch, question: asked } = line
  const answered = (question: string) => (answer: string | undefined) =>
    api.call('answer', answer === undefined ? { question } : { question, answer })
  if (asked !== undefined) void terminal.ask(asked.text, stop).then(answered(asked.question))
  if (launch !== undefined) {
    void terminal.launch(launch.commands, stop).then(answered(launch.question))
  }
}

/** The systemd user unit that keeps a home at work; pure. */

/** What the unit starts. */
export interface Started {
  /** Program and arguments, absolute paths. */
  readonly command: readonly string[]
  /** Of the home, for the description. */
  readonly folder: string
}

/** One word of a command line as systemd.service(5) reads it: quoted, nothing expanded. */
function quoted(word: string): string {
  const plain = word.replace(/[\\"]/g, '\\$&').replace(/%/g, '%%').replace(/\$/g, '$$$$')
  return `"${plain}"`
}

/** The text of the unit. A wrong setting (exit code 2) stays wrong: that is not started again. */
export function unitText({ command, folder }: Started): string {
  return [
    '[Unit]',
    `Description=Floodgate in ${folder.replace(/%/g, '%%')}`,
    '',
    '[Service]',
    'Type=exec',
    `ExecStart=${command.map(quoted).join(' ')}`,
    '# Ctrl-C and this signal mean the same: last payments and claims go out first.',
    'KillSignal=SIGTERM',
    'TimeoutStopSec=60',
    'Restart=on-failure',
    'RestartSec=5',
    'RestartPreventExitStatus=2',
    'NoNewPrivileges=yes',
    '',
    '[Install]',
    'WantedBy=default.target',
    '',
  ].join('\n')
}

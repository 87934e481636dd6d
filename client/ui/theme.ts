/** How roles look: palettes by theme and by what the terminal can show; pure. */
import { type Palette, ROLES, type Role } from './paint.js'

/** How many colours there are; `none` keeps to bold, underlined and reversed text. */
export type Colours = 256 | 16 | 'none'
/** For which background a palette is made. */
export type Theme = 'dark' | 'light'
export const THEMES: readonly Theme[] = ['dark', 'light']

type Looks = Readonly<Record<Role, string>>

const NONE: Looks = {
  dim: '',
  strong: '1',
  title: '1',
  good: '',
  warn: '1',
  bad: '1',
  money: '',
  accent: '',
  key: '1',
  chosen: '7',
  marked: '1',
  match: '4',
}

const SIXTEEN: Readonly<Record<Theme, Looks>> = {
  dark: {
    dim: '90',
    strong: '1',
    title: '1;36',
    good: '32',
    warn: '33',
    bad: '1;31',
    money: '33',
    accent: '36',
    key: '1;36',
    chosen: '7',
    marked: '1;33',
    match: '4;33',
  },
  light: {
    dim: '90',
    strong: '1',
    title: '1;34',
    good: '32',
    warn: '35',
    bad: '1;31',
    money: '34',
    accent: '36',
    key: '1;34',
    chosen: '7',
    marked: '1;35',
    match: '4;34',
  },
}

const MANY: Readonly<Record<Theme, Looks>> = {
  dark: {
    dim: '38;5;245',
    strong: '1',
    title: '1;38;5;80',
    good: '38;5;114',
    warn: '38;5;215',
    bad: '1;38;5;203',
    money: '38;5;222',
    accent: '38;5;80',
    key: '1;38;5;117',
    chosen: '48;5;238',
    marked: '1;38;5;222',
    match: '4;38;5;222',
  },
  light: {
    dim: '38;5;243',
    strong: '1',
    title: '1;38;5;24',
    good: '38;5;28',
    warn: '38;5;130',
    bad: '1;38;5;160',
    money: '38;5;94',
    accent: '38;5;24',
    key: '1;38;5;25',
    chosen: '48;5;253',
    marked: '1;38;5;94',
    match: '4;38;5;94',
  },
}

/** The palette of a theme, with what the rc file says of single roles. */
export function paletteOf(
  theme: Theme,
  colours: Colours,
  own: Partial<Readonly<Record<Role, string>>> = {},
): Palette {
  const looks = colours === 'none' ? NONE : colours === 16 ? SIXTEEN[theme] : MANY[theme]
  return Object.fromEntries(
    ROLES.map((role) => [role, reduced(own[role], colours) ?? looks[role]]),
  ) as Palette
}

/** The look of an rc file in the colours that there are; undefined when nothing is left of it. */
function reduced(look: string | undefined, colours: Colours): string | undefined {
  if (look === undefined || colours === 256) return look
  const kept = (look.match(/[34]8;5;\d+|\d+/g) ?? []).flatMap((code) => {
    const found = /^([34])8;5;(\d+)$/.exec(code)
    if (found === null) return [code]
    const number = Number(found[2])
    if (colours === 'none' || number > 15) return []
    const [dark, bright] = found[1] === '3' ? [30, 90] : [40, 100]
    return [String(number < 8 ? dark + number : bright + number - 8)]
  })
  return kept.length === 0 ? undefined : kept.join(';')
}

/**
 * How many colours the terminal shows: none when NO_COLOR is set to anything (no-color.org), else
 * what COLORTERM and TERM say.
 */
export function coloursOf(environment: Readonly<Record<string, string | undefined>>): Colours {
  const { COLORTERM = '', NO_COLOR = '', TERM = '' } = environment
  if (NO_COLOR !== '' || TERM === 'dumb' || TERM === '' || /-m(ono)?$|^vt\d/.test(TERM)) {
    return 'none'
  }
  const many = /256|direct|kitty|alacritty|foot|ghostty|wezterm/.test(TERM)
  return many || /truecolor|24bit/i.test(COLORTERM) ? 256 : 16
}

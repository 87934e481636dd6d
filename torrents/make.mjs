/**
 * Makes the sample content beside this file: `node torrents/make.mjs`.
 *
 * A tune as a WAV file, and a gallery of drawings, each from a formula and a fixed seed, so that
 * everything here was written for Floodgate and carries no one else's rights.
 */
import { writeFileSync } from 'node:fs'
import { deflateSync } from 'node:zlib'

const here = (name) => new URL(name, import.meta.url)

/** A repeatable random sequence (mulberry32). */
function createRandom(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

// --- high-water.wav: forty seconds, mono, 8 bit, 16 kHz ---

const RATE = 16_000
const BEAT = 0.25
const SCALE = [0, 2, 4, 7, 9, 12, 14, 16, 19]

/** A slow bass and a wandering pentatonic voice over it; amplitude from -1 to 1. */
function compose(seconds) {
  const random = createRandom(1926)
  const samples = new Float64Array(seconds * RATE)
  const play = (start, length, hertz, loudness) => {
    const first = Math.floor(start * RATE)
    const count = Math.min(Math.floor(length * RATE), samples.length - first)
    for (let i = 0; i < count; i++) {
      const time = i / RATE
      const envelope = Math.min(1, time * 60) * Math.exp((-3 * time) / length)
      const wave = Math.sin(2 * Math.PI * hertz * time) + 0.3 * Math.sin(4 * Math.PI * hertz * time)
      samples[first + i] += loudness * envelope * wave
    }
  }
  const bass = [0, -3, -5, -7]
  let step = 4
  for (let beat = 0; beat * BEAT < seconds - 2; beat++) {
    const root = bass[Math.floor(beat / 16) % bass.length]
    if (beat % 8 === 0) play(beat * BEAT, 2.2, 110 * 2 ** (root / 12), 0.3)
    if (beat % 8 === 4) play(beat * BEAT, 1.1, 220 * 2 ** (root / 12), 0.12)
    if (random() < 0.35) continue
    step = Math.max(0, Math.min(SCALE.length - 1, step + Math.floor(random() * 5) - 2))
    play(beat * BEAT, random() < 0.2 ? 1 : 0.5, 330 * 2 ** ((SCALE[step] + root) / 12), 0.22)
  }
  return samples
}

function wav(samples) {
  const header = Buffer.alloc(44)
  header.write('RIFF', 0)
  header.writeUInt32LE(36 + samples.length, 4)
  header.write('WAVEfmt ', 8)
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(RATE, 24)
  header.writeUInt32LE(RATE, 28)
  header.writeUInt16LE(1, 32)
  header.writeUInt16LE(8, 34)
  header.write('data', 36)
  header.writeUInt32LE(samples.length, 40)
  const data = Uint8Array.from(samples, (value) =>
    Math.max(0, Math.min(255, Math.round(128 + 100 * value))),
  )
  return Buffer.concat([header, data])
}

// --- gallery/*.svg: rivers, rings, reeds ---

function svg(title, body) {
  const open = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 600">'
  return `${open}\n<title>${title}</title>\n${body.join('\n')}\n</svg>\n`
}

const number = (value) => value.toFixed(1)

function rivers() {
  const random = createRandom(7)
  const lines = ['<rect width="800" height="600" fill="#f4efe4"/>']
  for (let line = 0; line < 90; line++) {
    const [phase, height] = [random() * 6, 40 + random() * 60]
    const points = Array.from({ length: 81 }, (_, i) => {
      const bend = Math.sin(i / 9 + phase) * height * Math.sin(i / 26)
      return `${i * 10},${number(line * 6.8 + bend * (0.3 + line / 120))}`
    })
    const colour = `hsl(${190 + Math.round(line / 3)} 55% ${30 + Math.round(random() * 30)}%)`
    const path = `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}"/>`
    lines.push(path)
  }
  return svg('Rivers', lines)
}

function rings() {
  const random = createRandom(21)
  const shapes = ['<rect width="800" height="600" fill="#14213d"/>']
  for (let drop = 0; drop < 60; drop++) {
    const [x, y, size] = [random() * 800, random() * 600, 15 + random() * 90]
    for (let radius = 4; radius < size; radius += 6) {
      const fade = number(1 - radius / size)
      const at = `cx="${number(x)}" cy="${number(y)}" r="${radius}"`
      shapes.push(`<circle ${at} fill="none" stroke="#fca311" stroke-opacity="${fade}"/>`)
    }
  }
  return svg('Rings on the water', shapes)
}

function reeds() {
  const random = createRandom(33)
  const shapes = ['<rect width="800" height="600" fill="#e9f5db"/>']
  for (let reed = 0; reed < 900; reed++) {
    const [x, tall, lean] = [random() * 800, 80 + random() * 380, (random() - 0.5) * 160]
    const curve = `Q${number(x)} ${number(600 - tall / 2)} ${number(x + lean)} ${number(600 - tall)}`
    const colour = `hsl(${80 + Math.round(random() * 50)} 40% ${20 + Math.round(random() * 35)}%)`
    shapes.push(`<path d="M${number(x)} 600${curve}" fill="none" stroke="${colour}"/>`)
  }
  return svg('Reeds', shapes)
}

// --- gallery/delta.png: the Julia set of one constant, 640 x 480, eight bits of grey ---

function crc32(bytes) {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return (crc ^ 0xffffffff) >>> 0
}

function chunk(kind, data) {
  const body = Buffer.concat([Buffer.from(kind, 'latin1'), data])
  const frame = Buffer.alloc(8)
  frame.writeUInt32BE(data.length, 0)
  frame.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)])
}

function delta(width, height) {
  const rows = Buffer.alloc((width + 1) * height)
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      let [x, y, turns] = [(column / width - 0.5) * 3.2, (row / height - 0.5) * 2.4, 0]
      while (x * x + y * y < 16 && turns < 200) {
        ;[x, y] = [x * x - y * y - 0.7269, 2 * x * y + 0.1889]
        turns++
      }
      const smooth = turns < 200 ? turns + 1 - Math.log2(Math.log2(x * x + y * y) / 2) : 200
      rows[row * (width + 1) + 1 + column] = Math.round(255 - 255 * Math.sqrt(smooth / 200))
    }
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([8, 0, 0, 0, 0], 8)
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  const data = deflateSync(rows, { level: 9 })
  return Buffer.concat([
    ...[signature, chunk('IHDR', head), chunk('IDAT', data)],
    chunk('IEND', Buffer.alloc(0)),
  ])
}

writeFileSync(here('high-water.wav'), wav(compose(40)))
writeFileSync(here('gallery/rivers.svg'), rivers())
writeFileSync(here('gallery/rings.svg'), rings())
writeFileSync(here('gallery/reeds.svg'), reeds())
writeFileSync(here('gallery/delta.png'), delta(640, 480))

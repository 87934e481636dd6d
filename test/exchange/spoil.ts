/** Files that go bad on the disk. */
import { open } from 'node:fs/promises'
import { join } from 'node:path'

/** Changes the first byte of each of these pieces of `film.bin`. */
export async function spoil(
  folder: string,
  pieceBytes: number,
  pieces: readonly number[],
): Promise<void> {
  const file = await open(join(folder, 'film.bin'), 'r+')
  for (const piece of pieces) {
    const byte = Buffer.alloc(1)
    await file.read(byte, 0, 1, piece * pieceBytes)
    byte[0] = (byte[0] as number) ^ 255
    await file.write(byte, 0, 1, piece * pieceBytes)
  }
  await file.close()
}

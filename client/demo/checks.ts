/**
 * Whether all is right: every file, every price, every piece, every balance. Pure.
 *
 * The figures come from three sides, the buyers, the sellers and the tracker's books, and must
 * agree.
 */
import { BUYERS, balance, type Download, SELLER, type Stage, sumOf } from './stage.js'

/** What is wrong with a demo that has ended; empty when all is right. */
export function findProblems(stage: Stage): string[] {
  const problems = stage.downloads.flatMap((download) => checkDownload(stage, download))
  const expected = stage.published.length * BUYERS.length
  if (stage.downloads.length !== expected) {
    problems.push(`${stage.downloads.length} downloads, not ${expected}`)
  }
  return [...problems, ...checkBooks(stage)]
}

function checkDownload(stage: Stage, download: Download): string[] {
  const { content, files, paid, peer, pieces } = download
  const problems: string[] = []
  const expect = (holds: boolean, text: string): void => {
    if (!holds) problems.push(`${peer}, ${content.name}: ${text}`)
  }
  expect(files.length === content.files.length, `${files.length} files arrived`)
  for (const source of content.files) {
    const file = files.find(({ path }) => path.endsWith(`/${source.stored}`))
    expect(file?.bytes === source.bytes, `${source.path} has ${file?.bytes} bytes`)
    expect(file?.sha256 === source.sha256, `${source.path} has sha256 ${file?.sha256}`)
  }
  expect(paid === content.price, `paid ${paid}, the price is ${content.price}`)
  const count = Object.values(pieces).reduce((sum, each) => sum + each, 0)
  expect(count === content.pieces, `${count} pieces paid of ${content.pieces}`)
  for (const other of stage.downloads) {
    if (other.content !== content || other === download) continue
    const [bought, sold] = [pieces[other.peer] ?? 0, other.sold[peer] ?? 0]
    expect(bought === sold, `bought ${bought} pieces from ${other.peer}, who sold ${sold}`)
  }
  return problems
}

/** Every account holds just what the downloads say. */
function checkBooks({ books, credit, downloads, players, published }: Stage): string[] {
  const problems: string[] = []
  const expect = (account: string, holds: bigint, should: bigint): void => {
    if (holds !== should) problems.push(`${account} holds ${holds}, not ${should}`)
  }
  const earned = (seller: string): bigint =>
    downloads.reduce(
      (sum, { content, pieces }) => sum + BigInt(pieces[seller] ?? 0) * content.reward,
      0n,
    )
  const prices = published.reduce((sum, { price }) => sum + price, 0n)
  for (const { name, uid } of Object.values(players)) {
    const start = name === SELLER ? 0n : credit - prices
    expect(name, balance(books, `member:${uid}:spendable`), start + earned(name))
    expect(`${name} (pending)`, balance(books, `member:${uid}:pending`), 0n)
  }
  const rewards = published.reduce((sum, { pieces, reward }) => sum + BigInt(pieces) * reward, 0n)
  const buyers = BigInt(BUYERS.length)
  expect('the provider', balance(books, 'provider:revenue'), buyers * (prices - rewards))
  expect('escrow', sumOf(books, /:escrow$/), 0n)
  expect('funding', balance(books, 'funding'), -buyers * credit)
  expect('the sum of all accounts', books.sum, 0n)
  return problems
}

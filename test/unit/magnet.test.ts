/** What a person may write for a content: its id, or a magnet link with it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cidOf } from '../../client/trade/content.js'
import { refused } from '../../shared/errors.js'

const CID = '0e45b6415ed49173a36e53b011756f324c510ef1'
const code = async (text: string) => {
  const cid = await cidOf(text)
  return refused(cid) ? cid.code : cid
}

test('a content is named by its id or by a magnet link, in hex or base 32', async () => {
  assert.equal(await code(CID), CID)
  assert.equal(await code(CID.toUpperCase()), CID)
  assert.equal(await code(`magnet:?xt=urn:btih:${CID}&dn=film`), CID)
  assert.equal(await code('magnet:?xt=urn:btih:BZC3MQK62SIXHI3OKOYBC5LPGJGFCDXR'), CID)
})

test('a magnet link without a v1 info hash is refused, as is any other text', async () => {
  assert.equal(await code('magnet:?dn=film'), 'torrent-invalid')
  assert.equal(await code('magnet:?xt=urn:btih:1234'), 'torrent-invalid')
  assert.equal(await code('film.torrent'), 'malformed')
})

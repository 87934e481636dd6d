/** What a shell can offer of a customer's home: contents of its wallet, members it knows. */
import { type Values, visible } from '../shared/command.js'
import type { OwnKind } from '../shared/completion.js'
import { refused } from '../shared/errors.js'
import { COMPLETION_MAX_COUNT } from '../shared/home-limits.js'
import { parseMetainfo } from '../shared/metainfo.js'
import type { Candidate } from '../shared/program.js'
import { homeOf } from './home.js'
import { viewWallet, type WalletView } from './pay/wallet/view.js'

function contentsOf(wallet: WalletView): Candidate[] {
  return wallet.contents
    .all()
    .slice(0, COMPLETION_MAX_COUNT)
    .map(({ cid, torrent }) => {
      const metainfo = parseMetainfo(torrent)
      return { word: cid, help: refused(metainfo) ? '' : visible(metainfo.name) }
    })
}

/** Members on the blacklist: those that a person has to name. */
function membersOf(wallet: WalletView): Candidate[] {
  const entries = wallet.providers
    .all()
    .flatMap(({ fingerprint }) => wallet.blacklist.of(fingerprint))
  return entries.slice(0, COMPLETION_MAX_COUNT).map(({ code, uid }) => ({ word: uid, help: code }))
}

/** Contents or members of a home, also while another process holds it; none without a wallet. */
export function known(kind: OwnKind, values: Values, environment: NodeJS.ProcessEnv): Candidate[] {
  const wallet = viewWallet(homeOf(values, environment).wallet)
  if (wallet === undefined) return []
  try {
    return kind === 'contents' ? contentsOf(wallet) : membersOf(wallet)
  } finally {
    wallet.close()
  }
}

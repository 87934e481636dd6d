/** `register`: pins a provider and gets a certificate from it (paper §III.B). */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fromHex } from '../../shared/bytes.js'
import { fingerprintOf } from '../../shared/certificate.js'
import { fail, requiredOption, stringOption, type Verb, visible } from '../../shared/command.js'
import { must, type Refusal, refuse, refused } from '../../shared/errors.js'
import type { Fingerprint } from '../../shared/identifier.js'
import { INVITATION_BYTES, MEMBER_NAME_MAX_BYTES } from '../../shared/limits.js'
import { reasonOf } from '../../shared/thrown.js'
import { parseTrackerUrl } from '../config.js'
import { asCustomer, type Context, type Customer, makesHome, providerOf } from '../customer.js'
import { greet } from '../pay/provider/greeting.js'
import { register as registerKey } from '../pay/provider/membership.js'
import { pin } from '../pay/provider.js'

const CERTIFICATE_FILE_MAX_BYTES = 64 * 1024
const PEM = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/

/** The fingerprint of the root in a PEM or DER file; refuses as not-readable or certificate-*. */
function readRoot(path: string): Fingerprint | Refusal {
  let bytes: Uint8Array
  try {
    bytes = readFileSync(path)
  } catch (error) {
    return refuse('not-readable', `--ca ${path}: ${reasonOf(error)}`)
  }
  if (bytes.length > CERTIFICATE_FILE_MAX_BYTES) {
    return refuse('too-large', `--ca ${path}: too large for a certificate`)
  }
  const pem = PEM.exec(Buffer.from(bytes).toString('latin1'))
  const der = pem === null ? bytes : Buffer.from(pem[1] as string, 'base64')
  const fingerprint = fingerprintOf(new Uint8Array(der))
  if (!refused(fingerprint)) return fingerprint
  return refuse(fingerprint.code, `--ca ${path}: ${fingerprint.message}`)
}

/**
 * Which root must answer: the file's, else the one pinned for this address before. A file with
 * another root than the pinned one is the person's word that a new provider has that address; the
 * old one stays what it was.
 */
function expectedRoot(customer: Customer, url: string, ca: string | undefined) {
  if (ca !== undefined) return must(readRoot(resolve(customer.folder, ca)))
  return customer.wallet.providers.all().find((row) => row.url === url)?.fingerprint
}

/** The code of an invitation as the call carries it; refuses as usage what cannot be one. */
function readInvitation(text: string | undefined): Uint8Array | undefined | Refusal {
  if (text === undefined) return undefined
  const code = fromHex(text.trim())
  if (code?.length === INVITATION_BYTES) return code
  return refuse('usage', `--invitation takes the ${2 * INVITATION_BYTES} hex digits of a code`)
}

export const register: Verb<Context> = {
  name: 'register',
  summary: 'become a member of a provider, pinning its root certificate',
  usage: '--tracker URL --name NAME [--invitation CODE] [--ca FILE]',
  options: {
    tracker: { type: 'string', value: 'URL', help: "address of the provider's tracker" },
    name: { type: 'string', value: 'NAME', help: 'what the provider shall call you' },
    invitation: {
      type: 'string',
      value: 'CODE',
      help: 'the code the provider gave you, if it asks',
    },
    ca: {
      type: 'string',
      value: 'FILE',
      help: "the provider's root certificate (PEM or DER), when you have it from elsewhere",
    },
  },
  examples: [
    '--tracker https://tracker.example --name carol',
    '--tracker https://tracker.example --name carol --ca root.pem',
  ],
  run: async (input, context) => {
    const { report, values } = input
    const given = requiredOption(input, register, 'tracker')
    const url = must(parseTrackerUrl(given))
    const name = requiredOption(input, register, 'name')
    if (name === '' || Buffer.byteLength(name) > MEMBER_NAME_MAX_BYTES || visible(name) !== name) {
      fail(
        'usage',
        `--name takes 1 to ${MEMBER_NAME_MAX_BYTES} bytes of text, without control characters`,
      )
    }
    const invitation = must(readInvitation(stringOption(values, 'invitation')))
    const join = async (customer: Customer) => {
      const { now, publicKey, random, wallet } = customer
      const ca = stringOption(values, 'ca')
      const pinned = expectedRoot(customer, url, ca)
      const greeting = must(await greet({ url, pinned, random, now }))
      pin(wallet, greeting, url, name)
      const { fingerprint } = greeting
      const row = wallet.providers.get(fingerprint) ?? fail('internal', 'the provider is not kept')
      const provider = providerOf(customer, row)
      const uid = must(await registerKey({ provider, publicKey, wallet }, name, invitation))
      report.line(`registered with ${visible(greeting.name)} at ${url} as ${uid}`)
      report.line(`fingerprint of its root ${fingerprint}`)
      if (pinned === undefined) {
        report.line('this root is pinned now; compare the fingerprint with the provider to be sure')
      }
      return { uid, fingerprint, provider: greeting.name, url, currency: greeting.currency }
    }
    return asCustomer(input, context, join, makesHome)
  },
}

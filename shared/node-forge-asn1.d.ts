/**
 * Types of the part of node-forge that we load: DER in and out, and none of its cryptography.
 *
 * @types/node-forge covers the whole package only, and not the options of fromDer.
 */
declare module 'node-forge/lib/asn1.js' {
  /** Bytes are strings of characters 0 to 255 here. */
  export interface Asn1 {
    readonly tagClass: number
    readonly type: number
    readonly constructed: boolean
    readonly value: string | readonly Asn1[]
  }
  interface FromDerOptions {
    readonly strict: boolean
    readonly parseAllBytes: boolean
    readonly decodeBitStrings: boolean
    readonly maxDepth: number
  }
  const asn1: {
    readonly Class: { readonly UNIVERSAL: number; readonly CONTEXT_SPECIFIC: number }
    readonly Type: {
      readonly BOOLEAN: number
      readonly INTEGER: number
      readonly BITSTRING: number
      readonly OCTETSTRING: number
      readonly OID: number
      readonly UTF8: number
      readonly SEQUENCE: number
      readonly SET: number
      readonly UTCTIME: number
      readonly GENERALIZEDTIME: number
    }
    create(tagClass: number, type: number, constructed: boolean, value: string | Asn1[]): Asn1
    fromDer(bytes: string, options: FromDerOptions): Asn1
    toDer(node: Asn1): { getBytes(): string }
    oidToDer(oid: string): { getBytes(): string }
    utcTimeToDate(text: string): Date
    generalizedTimeToDate(text: string): Date
    dateToUtcTime(date: Date): string
    dateToGeneralizedTime(date: Date): string
  }

  // biome-ignore lint/style/noDefaultExport: a CommonJS module
  export { asn1 as default }
}

/**
 * STUN messages (RFC 8489), as far as asking a TURN server needs them.
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |0 0|  message type             |  length, without this header  |
 *     |                      magic cookie 2112A442                    |
 *     |                 transaction id, 96 bits                       |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     then attributes: type, length, value, each padded to 4 bytes
 *
 * @module
 */

import { createHmac } from "node:crypto";

/** Requests; RFC 8489 section 18.2, RFC 8656 section 17. */
export const METHOD = {
  binding: 0x0001,
  allocate: 0x0003,
  refresh: 0x0004,
  createPermission: 0x0008,
} as const;

/** Attributes; RFC 8489 section 18.3, RFC 8656 section 18. */
export const ATTRIBUTE = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  lifetime: 0x000d,
  xorPeerAddress: 0x0012,
  realm: 0x0014,
  nonce: 0x0015,
  requestedTransport: 0x0019,
} as const;

/** Type and value. */
export type Attribute = readonly [number, Uint8Array];

const HEADER_SIZE = 20;
const COOKIE = 0x2112a442;
const INTEGRITY_SIZE = 24;

/** A request; with a key its last attribute proves who sent it. */
export function stunRequest(
  method: number,
  { id, attributes = [], key }: {
    readonly id: Uint8Array;
    readonly attributes?: readonly Attribute[];
    readonly key?: Uint8Array | undefined;
  },
): Uint8Array {
  const body = attributes.flatMap(([type, value]) => {
    const padding = new Array(-value.length & 3).fill(0);
    return [type >> 8, type & 255, value.length >> 8, value.length & 255]
      .concat([...value], padding);
  });
  // The length that is signed counts the signature too.
  const size = body.length + (key === undefined ? 0 : INTEGRITY_SIZE);
  const message = new Uint8Array(HEADER_SIZE + size);
  const view = new DataView(message.buffer);
  view.setUint16(0, method);
  view.setUint16(2, size);
  view.setUint32(4, COOKIE);
  message.set(id, 8);
  message.set(body, HEADER_SIZE);
  if (key !== undefined) {
    const at = HEADER_SIZE + body.length;
    view.setUint16(at, ATTRIBUTE.messageIntegrity);
    view.setUint16(at + 2, INTEGRITY_SIZE - 4);
    const hmac = createHmac("sha1", key).update(message.subarray(0, at));
    message.set(hmac.digest(), at + 4);
  }
  return message;
}

/** An answer, as far as it is read here. */
export interface StunResponse {
  readonly id: Uint8Array;
  /** 0: success. */
  readonly errorCode: number;
  readonly attributes: ReadonlyMap<number, Uint8Array>;
}

/** Reads an answer; `undefined` if it is none. */
export function parseStunResponse(
  message: Uint8Array,
): StunResponse | undefined {
  if (message.length < HEADER_SIZE) return undefined;
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  if (view.getUint32(4) !== COOKIE) return undefined;
  const end = Math.min(message.length, HEADER_SIZE + view.getUint16(2));
  const attributes = new Map<number, Uint8Array>();
  for (let at = HEADER_SIZE; at + 4 <= end;) {
    const size = view.getUint16(at + 2);
    const value = message.subarray(at + 4, Math.min(end, at + 4 + size));
    attributes.set(view.getUint16(at), value);
    at += 4 + size + (-size & 3);
  }
  // Class and number, as in 4 and 01; RFC 8489 section 14.8.
  const [, , hundreds = 0, rest = 0] = attributes.get(ATTRIBUTE.errorCode) ??
    [];
  const isError = (view.getUint16(0) & 0x0110) === 0x0110;
  const errorCode = isError ? (hundreds & 7) * 100 + rest : 0;
  return { id: message.slice(8, HEADER_SIZE), errorCode, attributes };
}

/** Size of a whole message, by its first four bytes; RFC 8489 section 6.2.2. */
export function stunSize(head: Uint8Array): number | undefined {
  const [, , high = 0, low = 0] = head;
  return head.length < 4 ? undefined : HEADER_SIZE + (high << 8 | low);
}

/** The value of an XOR-…-ADDRESS for IPv4; RFC 8489 section 14.2. */
export function xorAddress(ipv4: string, port: number): Uint8Array {
  const cookie = [0x21, 0x12, 0xa4, 0x42];
  const address = ipv4.split(".").map((part, at) =>
    Number(part) ^ (cookie[at] ?? 0)
  );
  return Uint8Array.of(
    0,
    1,
    (port >> 8) ^ 0x21,
    (port & 255) ^ 0x12,
    ...address,
  );
}

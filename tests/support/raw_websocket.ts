/**
 * WebSocket by hand: sends exactly these bytes after the handshake, returns
 * the frames that came back until the server closed.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { deadline } from "@std/async/deadline";

/** Generous: a server that has not closed by then does not close. */
const PATIENCE_MS = 10_000;

/** One frame from the server. */
export interface RawFrame {
  readonly opcode: number;
  readonly payload: Uint8Array;
}

/** A client's frame: first byte, masked payload (RFC 6455 section 5.2). */
export function frame(
  first: number,
  payload: string | Uint8Array | readonly number[] = "",
  { isMasked = true, length }: {
    isMasked?: boolean;
    /** The length field, if it is to lie. */
    length?: readonly number[];
  } = {},
): Uint8Array {
  const bytes = typeof payload === "string"
    ? new TextEncoder().encode(payload)
    : Uint8Array.from(payload);
  const size = bytes.length;
  const [start = 0, ...rest] = length ??
    (size < 126 ? [size] : [126, size >> 8, size & 0xff]);
  if (!isMasked) return Uint8Array.from([first, start, ...rest, ...bytes]);
  const mask = [0x12, 0x34, 0x56, 0x78];
  const masked = bytes.map((byte, index) => byte ^ (mask[index % 4] ?? 0));
  return Uint8Array.from([first, start | 0x80, ...rest, ...mask, ...masked]);
}

/** Opens a WebSocket by this handshake, sends, reads until it is closed. */
export async function rawWebSocket(
  port: number,
  handshake: string,
  frames: readonly Uint8Array[],
  { chop }: {
    /** So many bytes per write; none: all at once. */
    chop?: number | undefined;
  } = {},
): Promise<readonly RawFrame[]> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  // Else the system puts the pieces together again.
  if (chop !== undefined) connection.setNoDelay();
  await connection.write(new TextEncoder().encode(handshake));
  const answer = readAll(
    connection,
    () => sendAll(connection, Buffer.concat(frames), chop),
  );
  const bytes = await deadline(answer, PATIENCE_MS);
  return framesOf(bytes.subarray(endOfHead(bytes)));
}

/** Reads to the end; tells when the handshake has been answered. */
async function readAll(
  connection: Deno.TcpConn,
  onHead: () => Promise<void>,
): Promise<Uint8Array> {
  let bytes = Buffer.alloc(0);
  let sent: Promise<void> | undefined;
  const chunk = new Uint8Array(64 * 1024);
  for (;;) {
    // A server that is done with us may cut what it has not read.
    const size = await connection.read(chunk).catch(() => null);
    if (size === null) break;
    bytes = Buffer.concat([bytes, chunk.subarray(0, size)]);
    if (endOfHead(bytes) > 0) sent ??= onHead();
  }
  await sent;
  return bytes;
}

async function sendAll(
  connection: Deno.TcpConn,
  bytes: Uint8Array,
  chop = bytes.length,
): Promise<void> {
  try {
    for (let done = 0; done < bytes.length;) {
      done += await connection.write(bytes.subarray(done, done + chop));
    }
  } catch {
    // Cut in the middle; the frames before tell why.
  }
}

function endOfHead(bytes: Uint8Array): number {
  const at = new TextDecoder("latin1").decode(bytes).indexOf("\r\n\r\n");
  return at === -1 ? 0 : at + 4;
}

function framesOf(bytes: Uint8Array): readonly RawFrame[] {
  const frames: RawFrame[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at + 2 <= bytes.length;) {
    const opcode = view.getUint8(at) & 0x0f;
    const short = view.getUint8(at + 1);
    const head = short === 126 ? 4 : 2;
    const size = short === 126 ? view.getUint16(at + 2) : short;
    frames.push({ opcode, payload: bytes.slice(at + head, at + head + size) });
    at += head + size;
  }
  return frames;
}

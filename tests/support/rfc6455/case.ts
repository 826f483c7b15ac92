/**
 * What RFC 6455 expects of a server, case by case, in the manner of the
 * Autobahn test suite: its first seven categories, without compression and
 * speed.
 *
 * Each text that arrives whole is answered with one text, whatever it says;
 * so a count of answers tells how many messages were understood.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { frame } from "../raw_websocket.ts";

/** One case: bytes, and what they must bring. */
export interface ConformanceCase {
  /** Category, number and what it is about. */
  readonly name: string;
  readonly frames: readonly Uint8Array[];
  /** Texts that come back. */
  readonly answers: number;
  /** Payloads of the pongs that come back. */
  readonly pongs: readonly string[];
  /** The Close frame's code; none: an empty Close frame. */
  readonly close: number | undefined;
  /** Bytes per write; none: all in one. */
  readonly chop: number | undefined;
}

/** Of a frame's first byte. */
export const FIN = 0x80;
export const CONTINUATION = 0;
export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

/** The client's own Close. */
export const GOODBYE = closing(1000);

/** What frames bring. */
export interface Expected {
  readonly answers?: number;
  readonly pongs?: readonly string[];
  /** The server's own; without it the case ends by our Close 1000. */
  readonly close?: number;
  readonly chop?: number;
}

/** A case that ends well, or by the server's Close. */
export function row(
  name: string,
  frames: readonly Uint8Array[],
  { answers = 0, pongs = [], close, chop }: Expected = {},
): ConformanceCase {
  return close === undefined
    ? { name, frames: [...frames, GOODBYE], answers, pongs, close: 1000, chop }
    : { name, frames, answers, pongs, close, chop };
}

/** A Close with a code. */
export function closing(code: number, reason: string | readonly number[] = "") {
  const bytes = typeof reason === "string" ? Buffer.from(reason) : reason;
  return frame(FIN | CLOSE, [code >> 8, code & 0xff, ...bytes]);
}

/** A frame of any size, with the shortest length field. */
export function data(
  first: number,
  payload: string | readonly number[],
): Uint8Array {
  const bytes = typeof payload === "string"
    ? Buffer.from(payload)
    : Buffer.from(payload);
  const { length } = bytes;
  if (length < 65_536) return frame(first, bytes);
  const high = Math.floor(length / 65_536);
  const size = [127, 0, 0, 0, 0, 0, high, length >> 8 & 0xff, length & 0xff];
  return frame(first, bytes, { length: size });
}

/** A whole text message. */
export function text(payload: string | readonly number[]): Uint8Array {
  return data(FIN | TEXT, payload);
}

/** A payload in pieces of a size, as one fragmented message. */
export function fragments(
  payload: readonly number[],
  size: number,
): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < payload.length; at += size) {
    const isLast = at + size >= payload.length;
    const opcode = at === 0 ? TEXT : CONTINUATION;
    const piece = payload.slice(at, at + size);
    pieces.push(data((isLast ? FIN : 0) | opcode, piece));
  }
  return pieces;
}

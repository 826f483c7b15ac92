/**
 * The shape of the tables in this folder: a name, what is sent, what must come
 * of it. One row is one line; see `hostile_test.ts`.
 *
 * @module
 */

import { Buffer } from "node:buffer";

/**
 * What must come of it: an HTTP status and our error code ("401
 * unauthenticated", or "400" for what is no HTTP), an error of Janus ("janus
 * 453") or of its plugin ("plugin 405"), a WebSocket close code ("close
 * 1002").
 */
export type Expected = string;

/** Things of a signed-in user that an attacker would like to have, or has. */
export interface Loot {
  readonly origin: string;
  /** `name=value` of a session that lives. */
  readonly cookie: string;
  /** A token that is good. */
  readonly token: string;
  /** Signs as nalgate itself would. */
  readonly forge: Forge;
}

/** Makes a token; what is `undefined` is left out. */
export type Forge = (
  changes: {
    readonly header?: Readonly<Record<string, unknown>>;
    readonly claims?: Readonly<Record<string, unknown>>;
    /** Anything but nalgate's own key. */
    readonly key?: "another" | "none" | "public as HMAC" | "empty HMAC";
  },
) => Promise<string>;

/** A request of HTTP, to the last byte. */
export type HttpRow = readonly [
  name: string,
  request: (loot: Loot) => string | Promise<string>,
  expected: Expected,
];

/** Ids of a session and a handle on the socket, and the socket's transaction. */
export interface Ids {
  readonly session: number;
  readonly handle: number;
  /** A session and a handle of another viewer. */
  readonly others: { readonly session: number; readonly handle: number };
  /** What the upstream calls this client's session. */
  readonly upstream: number;
}

/** One text on a WebSocket with a session and a handle. */
export type MessageRow = readonly [
  name: string,
  text: (ids: Ids) => string,
  expected: Expected,
];

/** Bytes after the WebSocket handshake. */
export type FrameRow = readonly [
  name: string,
  frames: readonly Uint8Array[],
  expected: Expected,
];

/** A configuration file; the problem and the line that must be named. */
export type ConfigRow = readonly [
  name: string,
  yaml: string,
  problem: RegExp,
];

const HOST = "Host: 127.0.0.1";

/** A request with these header lines. */
export function request(
  start: string,
  lines: readonly string[],
  body = "",
): string {
  const end = body === "" ? "" : body;
  return [start, HOST, "Connection: close", ...lines].join("\r\n") +
    `\r\n\r\n${end}`;
}

export function get(path: string, ...lines: readonly string[]): string {
  return request(`GET ${path} HTTP/1.1`, lines);
}

/** A body with its length; its type is one of the lines. */
export function post(
  path: string,
  body: string,
  ...lines: readonly string[]
): string {
  const size = `Content-Length: ${Buffer.byteLength(body)}`;
  return request(`POST ${path} HTTP/1.1`, [size, ...lines], body);
}

export const JSON_TYPE = "Content-Type: application/json";

/** A WebSocket handshake that is good but for what the lines say. */
export function handshake(
  { path = "/cameras/front/janus", lines }: {
    path?: string;
    lines: readonly string[];
  },
): string {
  return [
    `GET ${path} HTTP/1.1`,
    HOST,
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Protocol: janus-protocol",
    ...lines,
    "\r\n",
  ].join("\r\n");
}

/**
 * The scalars of the configuration: each a text and what it must look like,
 * so that file, environment and flags are read by the same rules.
 *
 * @module
 */

import { isIP } from "node:net";
import { z } from "zod";
import type { Address, PortRange } from "./config.ts";

/** A text that `parse` understands; `undefined` says that it does not. */
export function scalar<T>(
  expected: string,
  parse: (text: string) => T | undefined,
) {
  return z.string({ error: `expected ${expected}` }).transform((text, ctx) => {
    const value = parse(text);
    if (value === undefined) {
      ctx.addIssue({ code: "custom", message: `expected ${expected}` });
      return z.NEVER;
    }
    return value;
  });
}

/** One of some words. */
export function word<const T extends string>(...words: readonly T[]) {
  return scalar(
    words.join(" | "),
    (text) => words.find((candidate) => candidate === text),
  );
}

/** A whole number within bounds. */
export function integer(from: number, to: number, what: string) {
  return scalar(`${what}, ${from}–${to}`, (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
    return value >= from && value <= to ? value : undefined;
  });
}

/** Text that a pattern takes whole. */
export function matching(pattern: RegExp, expected: string) {
  return scalar(expected, (text) => pattern.test(text) ? text : undefined);
}

/** `host:port`, `:port` for all IPv4 addresses, `[::]:port`. */
export const ADDRESS = scalar(
  "host:port such as 127.0.0.1:8080, :8080 or [::]:8080",
  (text): Address | undefined => {
    const match = /^(?:\[([\da-fA-F:.]+)\]|([\w.-]*)):(\d{1,5})$/.exec(text);
    const [, v6, name, digits] = match ?? [];
    const port = Number(digits);
    if (match === null || port > 65535) return undefined;
    if (v6 !== undefined) {
      return isIP(v6) === 6 ? { hostname: v6, port } : undefined;
    }
    // Digits and dots that are no address would be looked up as a name.
    if (/^[\d.]+$/.test(name!) && isIP(name!) !== 4) return undefined;
    return { hostname: name === "" ? "0.0.0.0" : name!, port };
  },
);

/** A range of ports. */
export const PORTS = scalar(
  "a range of ports such as 20000-20100",
  (text): PortRange | undefined => {
    const [, from, to] = /^(\d{1,5})-(\d{1,5})$/.exec(text)?.map(Number) ?? [];
    if (from === undefined || to === undefined) return undefined;
    return 1 <= from && from <= to && to <= 65535 ? { from, to } : undefined;
  },
);

/** An IP address. */
export const IP = scalar(
  "an IP address",
  (text) => isIP(text) === 0 ? undefined : text,
);

/** An IP address or a CIDR block. */
export const NETWORK = scalar(
  "an IP address or a block such as 10.0.0.0/8",
  (text) => {
    const [address = "", size, ...rest] = text.split("/");
    const family = isIP(address);
    if (family === 0 || rest.length > 0) return undefined;
    if (size === undefined) return text;
    const bits = /^\d{1,3}$/.test(size) ? Number(size) : Infinity;
    return bits <= (family === 4 ? 32 : 128) ? text : undefined;
  },
);

/** A URL of some schemes, without credentials, query or fragment. */
export function url(protocols: readonly string[]) {
  const list = protocols.map((name) => `${name}://`).join(" or ");
  return scalar(`a ${list} URL without credentials or query`, (text) => {
    const parsed = URL.canParse(text) ? new URL(text) : undefined;
    if (parsed === undefined) return undefined;
    if (!protocols.includes(parsed.protocol.slice(0, -1))) return undefined;
    const { username, password, search, hash } = parsed;
    if (`${username}${password}${search}${hash}` !== "") return undefined;
    if (!parsed.pathname.endsWith("/")) parsed.pathname += "/";
    return parsed.href;
  });
}

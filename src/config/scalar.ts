/**
 * The scalars of the configuration: each a text and what it must look like,
 * so that file, environment and flags are read by the same rules.
 *
 * @module
 */

import { isIP } from "node:net";
import { z } from "zod";
import type { Address, PortRange } from "./config.ts";
import { isCameraGlob } from "./grant.ts";

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
    const parsed = plainUrl(text, protocols);
    if (parsed === undefined) return undefined;
    if (!parsed.pathname.endsWith("/")) parsed.pathname += "/";
    return parsed.href;
  });
}

/** The http: or https: URL of one document, exactly as it stands there. */
export const DOCUMENT_URL = scalar(
  "a http:// or https:// URL without credentials or query",
  (text) => plainUrl(text, ["http", "https"]) === undefined ? undefined : text,
);

function plainUrl(text: string, protocols: readonly string[]): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) return undefined;
  const { protocol, username, password, search, hash } = url;
  return protocols.includes(protocol.slice(0, -1)) &&
      `${username}${password}${search}${hash}` === ""
    ? url
    : undefined;
}

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Milliseconds of `30s`, `10m`, `1h` or `7d`. */
export function parseDuration(text: string): number | undefined {
  const [, number, unit = ""] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const durationMs = Number(number) * (UNIT_MS[unit] ?? NaN);
  return durationMs > 0 ? durationMs : undefined;
}

/** A duration within bounds, in milliseconds. */
export function duration(fromMs: number, toMs: number, expected: string) {
  return scalar(expected, (text) => {
    const durationMs = parseDuration(text) ?? NaN;
    return durationMs >= fromMs && durationMs <= toMs ? durationMs : undefined;
  });
}

const UNIT_SIZE: Readonly<Record<string, number>> = {
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

/** A size within bounds, in bytes. */
export function size(from: number, to: number, expected: string) {
  return scalar(expected, (text) => {
    const [, number, unit = ""] = /^(\d{1,9})([KMG]iB)$/.exec(text) ?? [];
    const bytes = Number(number) * (UNIT_SIZE[unit] ?? NaN);
    return bytes >= from && bytes <= to ? bytes : undefined;
  });
}

/** A glob over cameras. */
export const CAMERA_GLOB = scalar(
  "a glob over cameras such as front, lab* or garage/*",
  (text) => isCameraGlob(text) ? text : undefined,
);

/** An origin: scheme, host and port. */
export const ORIGIN = scalar(
  "an origin such as https://home.example",
  (text) => {
    if (!/^https?:\/\/[^/@]+$/.test(text) || !URL.canParse(text)) {
      return undefined;
    }
    // What else a URL's host may be would not be one in a header.
    const { origin } = new URL(text);
    return /^https?:\/\/[a-z0-9.-]+(?::\d+)?$/.test(origin)
      ? origin
      : undefined;
  },
);

/** The name of an HTTP header field (RFC 9110 section 5.1). */
export const HEADER_NAME = scalar(
  "a header name without underscores",
  (text) => /^[A-Za-z0-9-]{1,64}$/.test(text) ? text.toLowerCase() : undefined,
);

/** Text on one line. */
export function line(expected: string, lengthMax = 256) {
  return scalar(
    expected,
    (text) =>
      text.length <= lengthMax && /^[^\p{C}]+$/u.test(text) ? text : undefined,
  );
}

/** A file. */
export const PATH = matching(/^[^\0]+$/, "a path");

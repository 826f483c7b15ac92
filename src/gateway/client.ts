/**
 * Who is at the other end of a request: as the socket says, or as a trusted
 * proxy says.
 *
 * @module
 */

import { isIP } from "node:net";
import { FORWARDED_HOPS_MAX } from "../limits.ts";
import { addressList, isLoopback, plainAddress } from "./auth/addresses.ts";

/** The other end. */
export interface Client {
  readonly address: string;
  /** Whether the browser speaks TLS. */
  readonly secure: boolean;
  /** Whether the browser runs on this very machine. */
  readonly local: boolean;
  /** The path that the browser finds nalgate under, slash at either end. */
  readonly base: string;
}

/** What {@linkcode clientReader} needs to know. */
export interface ClientOptions {
  readonly publicUrl: string | undefined;
  /** Addresses or CIDR blocks; forwarded headers of others are ignored. */
  readonly trustedProxies: readonly string[];
  /** Called once, when somebody who is not trusted forwards for others. */
  readonly onStrangeProxy?: (peer: string) => void;
}

/** Headers by which a proxy says for whom it speaks. */
const FORWARDING = ["x-forwarded-for", "x-forwarded-proto", "forwarded"];

/** Names without dot segments: those would lead out again. */
const PREFIX = /^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._~-]+)*\/?$/;

/** Makes the function that tells a request's client. */
export function clientReader(
  { publicUrl, trustedProxies, onStrangeProxy }: ClientOptions,
): (peer: string, headers: Headers) => Client {
  const trusted = addressList(trustedProxies);
  const url = publicUrl === undefined ? undefined : new URL(publicUrl);
  let isTold = false;
  return (peerText, headers) => {
    const peer = plainAddress(peerText);
    const proxied = trusted(peer);
    const strange = !proxied && FORWARDING.some((name) => headers.has(name));
    if (strange && !isTold) {
      isTold = true;
      onStrangeProxy?.(peer);
    }
    const address = proxied ? forwardedFor(peer, headers, trusted) : peer;
    return {
      address,
      // Behind a proxy that nobody told us of, everybody seems to be here.
      local: isLoopback(address) && !strange,
      secure: url !== undefined
        ? url.protocol === "https:"
        : proxied && last(headers, "x-forwarded-proto") === "https",
      base: url?.pathname ??
        (proxied ? prefix(headers.get("x-forwarded-prefix")) : "/"),
    };
  };
}

/**
 * The rightmost address that is no trusted proxy: what stands left of it may
 * be anybody's invention.
 */
function forwardedFor(
  peer: string,
  headers: Headers,
  trusted: (address: string) => boolean,
): string {
  const hops = (headers.get("x-forwarded-for") ?? "").split(",")
    .slice(-FORWARDED_HOPS_MAX).map((hop) => plainAddress(hop.trim()));
  let client = peer;
  for (const hop of hops.reverse()) {
    if (isIP(hop) === 0) return client;
    client = hop;
    if (!trusted(hop)) return client;
  }
  return client;
}

function last(headers: Headers, name: string): string | undefined {
  return headers.get(name)?.split(",").at(-1)?.trim().toLowerCase();
}

function prefix(text: string | null): string {
  if (text === null || !PREFIX.test(text)) return "/";
  return text.endsWith("/") ? text : `${text}/`;
}

/**
 * Whom a listening address lets in, and which Januses are elsewhere.
 *
 * @module
 */

import { isIP } from "node:net";
import type { Address, Config } from "../config/config.ts";
import { isLoopback } from "./auth/addresses.ts";

/**
 * Whether others than this machine can reach it. A name counts as exposed:
 * what it resolves to is decided elsewhere; `localhost` alone is reserved for
 * loopback (RFC 6761 section 6.3).
 */
export function isExposed({ hostname }: Address): boolean {
  return isIP(hostname) === 0
    ? hostname !== "localhost"
    : !isLoopback(hostname);
}

/** Whether a server is on another machine, by the same rule. */
export function isRemote(url: string): boolean {
  const hostname = new URL(url).hostname.replace(/^\[|\]$/g, "");
  return isExposed({ hostname, port: 0 });
}

/** Januses on other machines that let in whoever reaches them. */
export function openJanuses(
  { upstreams, devices }: Config,
): readonly { readonly key: string; readonly url: string }[] {
  const places = [
    ...upstreams.map((place) => ({ ...place, key: `upstreams.${place.name}` })),
    ...devices.flatMap((place) =>
      place.kind === "janus" ? [{ ...place, key: `devices.${place.name}` }] : []
    ),
  ];
  return places.filter(({ apiSecretFile, url }) =>
    apiSecretFile === undefined && isRemote(url)
  );
}

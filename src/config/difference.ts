/**
 * What differs between two configurations, by the names of keys: values are
 * nobody's business in a log.
 *
 * @module
 */

import type { Config } from "./config.ts";

/** Names such as `cameras.front` and `listen`. */
export interface Difference {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
}

/** Keys that hold one thing. */
const KEYS: Readonly<Record<string, (config: Config) => unknown>> = {
  "listen": ({ listen }) => listen,
  "public_url": ({ publicUrl }) => publicUrl,
  "state": ({ stateDir }) => stateDir,
  "log.level": ({ logLevel }) => logLevel,
  "metrics.listen": ({ metricsListen }) => metricsListen,
  "trusted_proxies": ({ trustedProxies }) => trustedProxies,
  "engine": ({ engine }) => engine,
  "ice_servers": ({ iceServers }) => iceServers,
  "proxy_auth": ({ access }) => access.proxyAuth,
  "basic_auth": ({ access }) => access.basicAuth,
  "frame_ancestors": ({ frameAncestors }) => frameAncestors,
  "limits": ({ limits }) => limits,
};

type Named = readonly { readonly name: string }[];

/** Keys that hold things with names. */
const MAPS: Readonly<Record<string, (config: Config) => Named>> = {
  "cameras": ({ cameras }) => cameras,
  "upstreams": ({ upstreams, januses }) => [...upstreams, ...januses],
  "devices": ({ devices }) => devices,
  "roles": ({ access }) => access.roles,
  "identity_providers": ({ access }) => access.identityProviders,
};

/** Compares two configurations. */
export function difference(before: Config, after: Config): Difference {
  const added: string[] = [];
  const removed: string[] = [];
  const changed = Object.entries(KEYS)
    .filter(([, part]) => !isSame(part(before), part(after)))
    .map(([key]) => key);
  for (const [key, part] of Object.entries(MAPS)) {
    const [old, now] = [byName(part(before)), byName(part(after))];
    for (const [name, value] of now) {
      const path = `${key}.${name}`;
      if (!old.has(name)) added.push(path);
      else if (old.get(name) !== value) changed.push(path);
    }
    for (const name of old.keys()) {
      if (!now.has(name)) removed.push(`${key}.${name}`);
    }
    const isReordered = isSame(sorted(old), sorted(now)) &&
      !isSame([...old.keys()], [...now.keys()]);
    // The first camera is the default one, and pages show them in order.
    if (isReordered) changed.push(key);
  }
  return { added, removed, changed };
}

/** Whether two parts of configurations say the same. */
export function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function byName(list: Named): ReadonlyMap<string, string> {
  return new Map(list.map((item) => [item.name, JSON.stringify(item)]));
}

function sorted(map: ReadonlyMap<string, string>): string[] {
  return [...map.keys()].sort();
}

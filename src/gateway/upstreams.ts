/**
 * The gateway's upstreams, as the configuration names them now.
 *
 * @module
 */

import { isSame } from "../config/difference.ts";
import type { GatewayHandover } from "../config/handover.ts";
import type { Logger } from "../log.ts";
import { Upstream } from "./tunnel/upstream.ts";

/** What upstreams are made from. */
export type UpstreamSource = Pick<GatewayHandover, "engine" | "config">;

interface Entry {
  readonly name: string;
  readonly url: string;
  readonly apiSecret: string | undefined;
  readonly apiSecretFile: string | undefined;
}

/** Dials what is new, keeps what stays, ends what is no longer named. */
export class Upstreams implements AsyncDisposable {
  readonly #log: Logger;
  readonly #upstreams = new Map<string, Upstream>();
  #entries = new Map<string, Entry>();
  /** Those that are about to end. */
  readonly #ending = new Set<Promise<void>>();

  constructor(source: UpstreamSource, log: Logger) {
    this.#log = log;
    this.replace(source);
  }

  get byName(): ReadonlyMap<string, Upstream> {
    return this.#upstreams;
  }

  /**
   * Goes over to another configuration. Returns what ends the upstreams that
   * are no longer needed: their viewers should hear first that they have to
   * go elsewhere.
   */
  replace({ engine, config }: UpstreamSource): () => void {
    const entries = new Map(
      entriesOf({ engine, config }).filter(isWithinReach)
        .map((entry) => [entry.name, entry]),
    );
    const dropped: Upstream[] = [];
    for (const [name, upstream] of this.#upstreams) {
      if (isSame(entries.get(name), this.#entries.get(name))) continue;
      this.#upstreams.delete(name);
      dropped.push(upstream);
    }
    for (const [name, entry] of entries) {
      if (!this.#upstreams.has(name)) {
        this.#upstreams.set(name, this.#open(entry));
      }
    }
    this.#entries = entries;
    return () => dropped.forEach((upstream) => this.#end(upstream));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const upstream of this.#upstreams.values()) this.#end(upstream);
    await Promise.all(this.#ending);
  }

  #open({ name, url, apiSecret, apiSecretFile }: Entry): Upstream {
    return new Upstream({
      name,
      url,
      apiSecret: () =>
        apiSecretFile === undefined ? apiSecret : readSecret(apiSecretFile),
      log: this.#log,
    });
  }

  #end(upstream: Upstream): void {
    const ended = upstream[Symbol.asyncDispose]()
      .finally(() => this.#ending.delete(ended));
    this.#ending.add(ended);
  }
}

function entriesOf({ engine, config }: UpstreamSource): readonly Entry[] {
  const none = { apiSecret: undefined, apiSecretFile: undefined };
  const others = config.upstreams.map((upstream) => ({ ...none, ...upstream }));
  return engine === undefined
    ? others
    : [{ ...none, ...engine, name: "engine" }, ...others];
}

/**
 * Whether this process may dial it and read its secret. What came into the
 * configuration after its start may need the next gateway.
 */
function isWithinReach({ url, apiSecretFile: path }: Entry): boolean {
  const { hostname, port, protocol } = new URL(url);
  const host = `${hostname}:${port || (protocol === "wss:" ? 443 : 80)}`;
  const asked: Deno.PermissionDescriptor[] = [{ name: "net", host }];
  if (path !== undefined) asked.push({ name: "read", path });
  return asked.every((descriptor) =>
    Deno.permissions.querySync(descriptor).state === "granted"
  );
}

async function readSecret(path: string): Promise<string> {
  return (await Deno.readTextFile(path)).trim();
}

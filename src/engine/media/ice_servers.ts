/**
 * The configured ICE servers as node-datachannel takes them.
 *
 * @module
 */

import type { IceServer as NativeIceServer } from "node-datachannel";
import type { IceServer } from "../../config/config.ts";

const URL_FORM = /^(stun|turn):(\[[^\]]+\]|[^:?]+)(?::(\d+))?(?:\?.*)?$/;

const DEFAULT_PORT = 3478;

/**
 * STUN and TURN over UDP; the ICE agent inside speaks nothing else, so other
 * kinds are left to the viewers.
 */
export async function nativeIceServers(
  servers: readonly IceServer[],
): Promise<NativeIceServer[]> {
  const natives: NativeIceServer[] = [];
  for (const server of servers) {
    const [, kind, hostname = "", port] = URL_FORM.exec(server.url) ?? [];
    if (kind === undefined || server.url.includes("transport=tcp")) continue;
    const base = {
      hostname: hostname.replace(/^\[|\]$/g, ""),
      port: port === undefined ? DEFAULT_PORT : Number(port),
    };
    if (kind === "stun") {
      natives.push(base);
      continue;
    }
    const password = server.credentialFile === undefined
      ? ""
      : (await Deno.readTextFile(server.credentialFile)).trim();
    natives.push({
      ...base,
      username: server.username ?? "",
      password,
      relayType: "TurnUdp",
    });
  }
  return natives;
}

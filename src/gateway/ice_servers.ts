/**
 * The ICE servers that a viewer's browser gets: those of the configuration
 * that are for its camera and its network, TURN with credentials of its own.
 *
 * @module
 */

import { createHmac } from "node:crypto";
import type { ViewerIceServer } from "../config/config.ts";
import { matchesGlob } from "../config/grant.ts";
import type { BrowserIceServer } from "../janus/message.ts";
import { ICE_SECRET_AGE_MAX_MS } from "../limits.ts";
import type { Logger } from "../log.ts";
import type { Principal } from "./auth/principal.ts";
import { newSecret } from "./auth/secret.ts";
import type { Camera } from "./cameras.ts";
import { addressList } from "./auth/addresses.ts";
import type { Client } from "./client.ts";
import type { AppContext } from "./context.ts";

/** Gives a viewer its ICE servers, in the configuration's order. */
export type IceServersFor = (
  camera: Pick<Camera, "key">,
  client: Pick<Client, "address">,
  principal: Pick<Principal, "userId">,
) => readonly BrowserIceServer[];

/** What they are made from. */
export interface IceServersOptions {
  /** Those of now; a reload changes them. */
  readonly servers: () => readonly ViewerIceServer[];
  readonly log: Logger;
  readonly now: () => number;
}

/** Makes the function that all who tell viewers of ICE servers call. */
export function iceServersOf(
  { servers, log, now }: IceServersOptions,
): IceServersFor {
  const secretOf = secretReader({ log, now });
  // Forgotten with the process, so that nobody can find out whose a tag is.
  const tagKey = newSecret();
  return ({ key }, { address }, { userId }) =>
    servers().map((server) => ({
      server,
      isFor: server.networks.length === 0
        ? () => true
        : addressList(server.networks),
    })).filter(({ server: { cameras }, isFor }) =>
      isFor(address) &&
      (cameras.length === 0 || cameras.some((glob) => matchesGlob(glob, key)))
    ).flatMap(({ server }) => {
      const { url, username, credentialFile, secretFile, ttlMs } = server;
      const file = secretFile ?? credentialFile;
      if (file === undefined) return [{ urls: url }];
      const secret = secretOf(file);
      if (secret === undefined) return [];
      if (secretFile === undefined) {
        return [{ urls: url, username: username ?? "", credential: secret }];
      }
      const user = userTag(userId, tagKey);
      const expiresMs = now() + ttlMs;
      return [{ urls: url, ...turnCredentials({ secret, user, expiresMs }) }];
    });
}

/**
 * Credentials that a TURN server can check by itself: the "TURN REST API",
 * draft-uberti-behave-turn-rest-00 section 2.2. `user` must be no number.
 */
export function turnCredentials(
  { secret, user, expiresMs }: {
    readonly secret: string;
    readonly user: string;
    readonly expiresMs: number;
  },
): { readonly username: string; readonly credential: string } {
  const username = `${Math.floor(expiresMs / 1000)}:${user}`;
  const credential = createHmac("sha1", secret).update(username)
    .digest("base64");
  return { username, credential };
}

/** `GET /cameras/:camera/ice-servers`: an `RTCConfiguration`. */
export function iceServersHandler(
  { iceServers }: { iceServers: IceServersFor },
): (c: AppContext) => Response {
  return (c) => {
    const { camera, client, principal } = c.var;
    return c.json({ iceServers: iceServers(camera, client, principal) });
  };
}

/**
 * The same for all pictures of one user, so that the server's quotas per user
 * count; whoever runs that server learns no name from it.
 */
function userTag(userId: string, key: string): string {
  const hash = createHmac("sha256", key).update(userId).digest("hex");
  return `u${hash.slice(0, 16)}`;
}

/** Reads secrets again when they may have been replaced. */
function secretReader(
  { log, now }: Pick<IceServersOptions, "log" | "now">,
): (file: string) => string | undefined {
  const known = new Map<string, { secret: string | undefined; at: number }>();
  return (file) => {
    const before = known.get(file);
    const isFresh = before !== undefined &&
      now() - before.at < ICE_SECRET_AGE_MAX_MS;
    if (isFresh) return before.secret;
    const { secret, reason } = readSecret(file);
    // Once per outage: it is asked for at each start of a picture.
    const isNews = before === undefined || before.secret !== undefined;
    if (secret === undefined && isNews) {
      log.error("ice server left out", { file, reason });
    }
    known.set(file, { secret, at: now() });
    return secret;
  };
}

function readSecret(file: string): { secret?: string; reason?: string } {
  try {
    const secret = Deno.readTextFileSync(file).trim();
    // An empty secret would be everybody's.
    return secret === "" ? { reason: "the file is empty" } : { secret };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * Users that a proxy has signed in: it names them in headers.
 *
 * It is believed if it comes from one of the configured addresses *and*
 * sends the secret along; whatever anybody else writes into these headers is
 * not looked at. No session is made: rights are those of the request. A
 * WebSocket has its headers only once, so a viewer's right lasts as long as a
 * session at most, and ends when the configuration takes the role.
 *
 * @module
 */

import type { ProxyAuthConfig } from "../../config/config.ts";
import { GatewayError } from "../../errors.ts";
import {
  GROUPS_MAX,
  PROXY_SECRET_LENGTH_MIN,
  SESSION_AGE_MAX_MS,
} from "../../limits.ts";
import { kindOf, type Logger } from "../../log.ts";
import { addressList, plainAddress } from "./addresses.ts";
import type { Credential } from "./principal.ts";
import type { Roles } from "./roles.ts";
import { sameSecret } from "./secret.ts";
import { SecretFile } from "./secret_file.ts";
import { isShownName } from "./shown_name.ts";

/** A request as its socket brought it. */
export interface Arrival {
  /** The socket's remote address. */
  readonly peer: string;
  /** Names and values in turn: in `Headers` equal names are one. */
  readonly rawHeaders?: readonly string[];
}

/** Whom a proxy has named. */
export interface ProxyIdentity {
  readonly kind: "proxy";
  readonly user: string;
  readonly groups: readonly string[];
  readonly peer: string;
}

interface Settings extends ProxyAuthConfig {
  readonly isPeer: (address: string) => boolean;
  readonly secret: SecretFile | undefined;
}

/** Reads and judges what proxies say of their users. */
export class ProxyIdentities {
  readonly #roles: Roles;
  readonly #log: Logger;
  readonly #now: () => number;
  #settings: Settings | undefined;
  #told: string | undefined;

  constructor(
    { roles, log, now }: { roles: Roles; log: Logger; now: () => number },
  ) {
    this.#roles = roles;
    this.#log = log;
    this.#now = now;
  }

  /** Takes a new configuration. */
  configure(config: ProxyAuthConfig): void {
    const { peers, secretFile } = config;
    this.#told = undefined;
    this.#settings = {
      ...config,
      isPeer: addressList(peers),
      secret: secretFile === undefined
        ? undefined
        : new SecretFile(secretFile, this.#now),
    };
  }

  /**
   * Whom the proxy that sent a request names, if it is one that is believed.
   *
   * @throws {GatewayError} `bad_request` when it can be read in two ways: then
   * the proxy has let through what its client wrote.
   */
  async read(
    headers: Headers,
    { peer: peerText, rawHeaders = [...headers].flat() }: Arrival,
  ): Promise<ProxyIdentity | undefined> {
    const settings = this.#settings;
    const peer = plainAddress(peerText);
    if (settings === undefined || !settings.isPeer(peer)) return undefined;
    if (!await this.#knowsSecret(headers, settings)) return undefined;
    const { userHeader, groupsHeader, secretHeader } = settings;
    checkUnambiguous(rawHeaders, [userHeader, groupsHeader, secretHeader]);
    const user = headers.get(userHeader) ?? "";
    if (user === "") return undefined;
    const groups = (headers.get(groupsHeader) ?? "").split(",")
      .map((group) => group.trim()).filter((group) => group !== "");
    if (!isShownName(user) || groups.length > GROUPS_MAX) throw ambiguous();
    return { kind: "proxy", user, groups, peer };
  }

  /** The user's rights, as the configuration has them at each moment. */
  credential({ user, groups, peer }: ProxyIdentity): Credential {
    const expiresAt = this.#now() + SESSION_AGE_MAX_MS;
    const credential: Credential = {
      kind: "proxy",
      principal: () => {
        const { isPeer, roles = [] } = this.#settings ?? {};
        if (this.#now() >= expiresAt || !isPeer?.(peer)) return undefined;
        const names = roles.filter(({ group }) =>
          group === "*" || groups.includes(group)
        ).map(({ role }) => role);
        return {
          userId: `proxy:${user}`,
          user,
          grants: this.#roles.grantsOf(names),
          roles: names,
          scope: undefined,
          credential,
          expiresAt,
        };
      },
    };
    return credential;
  }

  async #knowsSecret(
    headers: Headers,
    { secret, secretHeader, userHeader }: Settings,
  ): Promise<boolean> {
    const sent = headers.get(secretHeader);
    let wanted: string | undefined;
    try {
      wanted = await secret?.read();
    } catch (error) {
      const name = kindOf(error);
      this.#tell(`secret not read: ${name}`);
      return false;
    }
    if (wanted === undefined || wanted.length < PROXY_SECRET_LENGTH_MIN) {
      this.#tell(`secret below ${PROXY_SECRET_LENGTH_MIN} characters`);
      return false;
    }
    if (sent !== null && sameSecret(sent, wanted)) return true;
    if (headers.has(userHeader)) this.#tell("secret not sent, or another");
    return false;
  }

  /** Each reason once: a request a second must not fill the log. */
  #tell(reason: string): void {
    if (this.#told === reason) return;
    this.#told = reason;
    this.#log.warn("identity headers ignored", { reason });
  }
}

/**
 * Refuses headers of these names that come twice, or in a spelling that some
 * proxies take for the same (`remote_user`).
 */
function checkUnambiguous(
  rawHeaders: readonly string[],
  names: readonly string[],
): void {
  const seen = new Set<string>();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? "").toLowerCase();
    const plain = name.replaceAll("_", "-");
    if (!names.includes(plain)) continue;
    if (plain !== name || seen.has(name)) throw ambiguous();
    seen.add(name);
  }
}

function ambiguous(): GatewayError {
  return new GatewayError("bad_request", {
    context: { check: "identity headers" },
  });
}

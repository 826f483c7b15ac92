/**
 * The last step of a viewer's request: from an authorised handshake into the
 * tunnel.
 *
 * @module
 */

import type { WebSocket } from "ws";
import { GatewayError } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Auth } from "./auth/auth.ts";
import type { AppContext } from "./context.ts";
import { openTunnel } from "./tunnel/tunnel.ts";
import type { Places } from "./places.ts";

/** What watching needs. */
export interface WatchParts {
  readonly auth: Auth;
  readonly places: Places;
  readonly log: Logger;
  readonly draining: () => boolean;
}

/** `GET /cameras/:camera/janus`: takes the WebSocket, once all is checked. */
export function watchHandler(
  { auth, places, log, draining }: WatchParts,
): (c: AppContext) => Response {
  return (c) => {
    const { principal, client, camera } = c.var;
    const { upgrade } = c.env;
    if (upgrade === undefined) throw new GatewayError("upgrade_required");
    if (draining()) throw new GatewayError("shutting_down");
    const { userId, user } = principal;
    const { address } = client;
    const place = places.take({ userId, address });
    upgrade.abandoned = () => place[Symbol.dispose]();
    upgrade.opened = (socket: WebSocket) => {
      const lease = auth.leases.open(principal.credential, camera.name);
      const audit = auditor(log, { user, camera: camera.name, ip: address });
      socket.once("close", () => {
        lease[Symbol.dispose]();
        place[Symbol.dispose]();
        audit(false);
      });
      openTunnel(socket, {
        route: camera.route,
        signal: lease.signal,
        log: log.module("tunnel"),
        allowLoopback: client.local,
        onViewing: audit,
      });
    };
    return c.body(null);
  };
}

/** Logs when somebody begins and ends to see a camera, and for how long. */
function auditor(
  log: Logger,
  who: { user: string; camera: string; ip: string },
): (viewing: boolean) => void {
  let since: number | undefined;
  return (viewing) => {
    if (viewing === (since !== undefined)) return;
    if (since === undefined) {
      since = performance.now();
      log.info("watch started", who);
      return;
    }
    const durationS = Math.round((performance.now() - since) / 1000);
    since = undefined;
    log.info("watch ended", { ...who, durationS });
  };
}

/**
 * The last step of a viewer's request: from an authorised handshake into the
 * tunnel.
 *
 * @module
 */

import type { WebSocket } from "ws";
import { GatewayError } from "../errors.ts";
import { admit, type AdmitParts } from "./admission.ts";
import type { AppContext } from "./context.ts";
import type { IceServersFor } from "./ice_servers.ts";
import { renewal } from "./renewal.ts";
import { openTunnel } from "./tunnel/tunnel.ts";

/** `GET /cameras/:camera/janus`: takes the WebSocket, once all is checked. */
export function watchHandler(
  parts: AdmitParts & { readonly iceServers: IceServersFor },
): (c: AppContext) => Response {
  return (c) => {
    const { client, camera, principal } = c.var;
    const { upgrade } = c.env;
    if (upgrade === undefined) throw new GatewayError("upgrade_required");
    const admission = admit(parts, c.var);
    upgrade.abandoned = () => admission[Symbol.dispose]();
    upgrade.opened = (socket: WebSocket) => {
      socket.once("close", (code) => {
        parts.metrics.closed(code);
        admission[Symbol.dispose]();
      });
      openTunnel(socket, {
        route: camera.route,
        viewer: principal,
        signal: admission.signal,
        log: parts.log.module("tunnel"),
        allowLoopback: client.local,
        onViewing: admission.onViewing,
        onToken: renewal({ ...parts, principal, renew: admission.renew }),
        iceServers: () => parts.iceServers(camera, client, principal),
      });
    };
    return c.body(null);
  };
}

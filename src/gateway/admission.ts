/**
 * A viewer is let in: a place, a lease on the right, and lines in the audit.
 *
 * @module
 */

import { GatewayError } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Audit } from "./audit.ts";
import type { Auth } from "./auth/auth.ts";
import type { Credential } from "./auth/principal.ts";
import type { Cameras } from "./cameras.ts";
import type { AppEnv } from "./context.ts";
import type { Metrics } from "./metrics.ts";
import type { Overload } from "./overload.ts";
import type { Places } from "./places.ts";

/** What viewers are admitted by. */
export interface AdmitParts {
  readonly auth: Auth;
  readonly cameras: Cameras;
  readonly places: Places;
  readonly overload: Overload;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly audit: Audit;
  readonly draining: () => boolean;
}

/** One viewer's stay. Dispose it when the viewer leaves. */
export interface Admission extends Disposable {
  /** Aborts with the `GatewayError` that ends the viewer's rights. */
  readonly signal: AbortSignal;
  /**
   * Call when a picture begins, or ends, to reach the viewer, as often as it
   * is convenient; and why it ends, unless the viewer has left.
   */
  readonly onViewing: (active: boolean, end?: string) => void;
  /** Goes on with another credential, if that has the right. */
  readonly renew: (credential: Credential) => void;
}

/**
 * Lets a viewer in whose right has been checked.
 *
 * @throws {GatewayError} `shutting_down`, `overloaded` or `rate_limited`.
 */
export function admit(
  { auth, cameras, places, overload, metrics, audit, draining }: AdmitParts,
  { principal, client, camera }: Pick<
    AppEnv["Variables"],
    "principal" | "client" | "camera"
  >,
): Admission {
  if (draining()) throw new GatewayError("shutting_down");
  const { userId, credential, viaDevice } = principal;
  const address = viaDevice ? undefined : client.address;
  using undo = new DisposableStack();
  undo.use(places.take({ userId, address }));
  const occupant = undo.use(overload.admit(() => lease.end("overloaded")));
  const lease = undo.use(auth.leases.open(credential, camera.key, {
    otherwise: () => cameras.endOf(camera),
  }));
  const watch = audit.watch({ principal, client, camera });
  let isViewing = false;
  const setViewing = (active: boolean, end?: string) => {
    if (active === isViewing) return;
    isViewing = active;
    occupant.setViewing(active);
    metrics.viewing(camera.key, active);
    watch(active, end);
  };
  const stay = undo.move();
  return {
    signal: lease.signal,
    onViewing: setViewing,
    renew: lease.renew,
    [Symbol.dispose]: () => {
      setViewing(false);
      stay.dispose();
    },
  };
}

/**
 * A viewer is let in: a place, a lease on the right, and lines in the log.
 *
 * @module
 */

import { GatewayError } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Auth } from "./auth/auth.ts";
import type { Credential } from "./auth/principal.ts";
import type { AppEnv } from "./context.ts";
import type { Metrics } from "./metrics.ts";
import type { Overload } from "./overload.ts";
import type { Places } from "./places.ts";

/** What viewers are admitted by. */
export interface AdmitParts {
  readonly auth: Auth;
  readonly places: Places;
  readonly overload: Overload;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly draining: () => boolean;
}

/** One viewer's stay. Dispose it when the viewer leaves. */
export interface Admission extends Disposable {
  /** Aborts with the `GatewayError` that ends the viewer's rights. */
  readonly signal: AbortSignal;
  /** Call when a picture begins, or ends, to reach the viewer. */
  readonly onViewing: (active: boolean) => void;
  /** Goes on with another credential, if that has the right. */
  readonly renew: (credential: Credential) => void;
}

/**
 * Lets a viewer in whose right has been checked.
 *
 * @throws {GatewayError} `shutting_down`, `overloaded` or `rate_limited`.
 */
export function admit(
  { auth, places, overload, metrics, log, draining }: AdmitParts,
  { principal, client, camera }: Pick<
    AppEnv["Variables"],
    "principal" | "client" | "camera"
  >,
): Admission {
  if (draining()) throw new GatewayError("shutting_down");
  const { userId, user, credential } = principal;
  const { address } = client;
  using undo = new DisposableStack();
  undo.use(places.take({ userId, address }));
  const occupant = undo.use(overload.admit(() => lease.end("overloaded")));
  const lease = undo.use(auth.leases.open(credential, camera.key));
  const audit = auditor(log, {
    who: { user, by: credential.kind, camera: camera.key, ip: address },
    metrics,
  });
  const stay = undo.move();
  return {
    signal: lease.signal,
    onViewing: (active) => {
      occupant.setViewing(active);
      audit(active);
    },
    renew: lease.renew,
    [Symbol.dispose]: () => {
      stay.dispose();
      audit(false);
    },
  };
}

/** Logs when somebody begins and ends to see a camera, and for how long. */
function auditor(
  log: Logger,
  { who, metrics }: {
    who: { user: string; by: string; camera: string; ip: string };
    metrics: Metrics;
  },
): (viewing: boolean) => void {
  let since: number | undefined;
  return (viewing) => {
    if (viewing === (since !== undefined)) return;
    metrics.viewing(who.camera, viewing);
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

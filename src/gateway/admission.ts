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
import type { Places } from "./places.ts";

/** What viewers are admitted by. */
export interface AdmitParts {
  readonly auth: Auth;
  readonly cameras: Cameras;
  readonly places: Places;
  readonly log: Logger;
  readonly audit: Audit;
  readonly draining: () => boolean;
}

/** One viewer's stay. Dispose it when the viewer leaves. */
export interface Admission extends Disposable {
  /** Aborts with the `GatewayError` that ends the viewer's rights. */
  readonly signal: AbortSignal;
  /**
   * Call when a picture begins, or ends, to reach the viewer; and why it
   * ends, unless the viewer has left.
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
  { auth, cameras, places, audit, draining }: AdmitParts,
  { principal, client, camera }: Pick<
    AppEnv["Variables"],
    "principal" | "client" | "camera"
  >,
): Admission {
  if (draining()) throw new GatewayError("shutting_down");
  const { userId, credential } = principal;
  const place = places.take({ userId, address: client.address });
  const lease = auth.leases.open(credential, camera.key, {
    otherwise: () => cameras.endOf(camera),
  });
  const onViewing = audit.watch({ principal, client, camera });
  return {
    signal: lease.signal,
    onViewing,
    renew: lease.renew,
    [Symbol.dispose]: () => {
      lease[Symbol.dispose]();
      place[Symbol.dispose]();
      onViewing(false);
    },
  };
}

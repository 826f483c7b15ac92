/**
 * `/healthz` and `/readyz`: one word for strangers, the reasons for users.
 *
 * @module
 */

import type { Auth } from "./auth/auth.ts";
import { type Cameras, listed } from "./cameras.ts";
import type { AppContext } from "./context.ts";
import { principalOf } from "./steps.ts";
import type { Upstream } from "./tunnel/upstream.ts";

/** What health is judged by. */
export interface HealthParts {
  readonly auth: Auth;
  readonly cameras: Cameras;
  readonly upstreams: ReadonlyMap<string, Upstream>;
  readonly draining: () => boolean;
}

/** The handlers. */
export function healthHandlers(
  { auth, cameras, upstreams, draining }: HealthParts,
) {
  return {
    /**
     * `GET /healthz`: 503 while an upstream is down. A device that is off is
     * none of our ills.
     */
    async healthz(c: AppContext): Promise<Response> {
      const states = [...upstreams].map(([name, { state, version }]) => ({
        name,
        state,
        version,
      }));
      const well = states.every(({ state }) => state === "open");
      const principal = await principalOf(c, auth).catch(() => undefined);
      if (principal === undefined) return word(c, well);
      return c.json({
        ok: well,
        upstreams: states,
        cameras: cameras.visibleTo(principal).map(listed),
        devices: cameras.devicesFor(principal),
      }, well ? 200 : 503);
    },

    /** `GET /readyz`: 503 as soon as the server drains. */
    readyz: (c: AppContext): Response => word(c, !draining()),
  };
}

function word(c: AppContext, well: boolean): Response {
  return c.text(well ? "ok\n" : "not ok\n", well ? 200 : 503);
}

/**
 * Bearer tokens over HTTP: `/api/token/…`.
 *
 * @module
 */

import { GatewayError } from "../errors.ts";
import type { Audit } from "./audit.ts";
import type { AppContext } from "./context.ts";

/** The handlers. */
export function tokenHandlers({ audit }: { audit: Audit }) {
  return {
    /**
     * `POST /api/token/refresh`: a longer life for the token that asks. What
     * runs on it goes on; the one that asked ends when it would have ended.
     */
    async refresh(c: AppContext): Promise<Response> {
      const { credential } = c.var.principal;
      if (credential.prolong === undefined) {
        throw new GatewayError("bad_request", {
          context: { check: "credential", kind: credential.kind },
        });
      }
      const prolonged = await credential.prolong();
      audit.event("token prolonged", c.var);
      return c.json(prolonged);
    },
  };
}

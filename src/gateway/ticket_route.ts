/**
 * `POST /api/tickets`: a ticket to view one camera once.
 *
 * @module
 */

import { z } from "zod";
import type { Audit } from "./audit.ts";
import type { Auth } from "./auth/auth.ts";
import { parseBody } from "./body.ts";
import type { Cameras } from "./cameras.ts";
import type { AppContext } from "./context.ts";
import { keyedCamera, permitted } from "./steps.ts";

const TICKET = z.strictObject({ camera: z.string().max(130) });

/** The handler. */
export function ticketHandler(
  { auth, cameras, audit }: { auth: Auth; cameras: Cameras; audit: Audit },
) {
  return async (c: AppContext): Promise<Response> => {
    const { camera: key } = await parseBody(c, TICKET);
    const { principal } = c.var;
    const camera = permitted(principal, "view", keyedCamera(cameras, key));
    audit.event("ticket issued", { ...c.var, camera });
    return c.json(auth.tickets.issue(principal, camera.key));
  };
}

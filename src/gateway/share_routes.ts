/**
 * `/api/shares`: links by which others view one camera.
 *
 * @module
 */

import { z } from "zod";
import { type Address, namesOfKey } from "../config/config.ts";
import { parseDuration } from "../config/scalar.ts";
import { GatewayError } from "../errors.ts";
import { SHARE_AGE_MAX_MS } from "../limits.ts";
import type { Auth } from "./auth/auth.ts";
import { may } from "./auth/principal.ts";
import { SHARE_NOTE, shareLink, type ShareRecord } from "./auth/share.ts";
import { parseBody } from "./body.ts";
import { type Cameras, pathOf } from "./cameras.ts";
import type { AppContext } from "./context.ts";
import type { Current } from "./current.ts";
import { baseUrl } from "./origin.ts";
import { signIn, type SignInParts } from "./sign_in.ts";
import { keyedCamera, permitted, principalOf } from "./steps.ts";

const CREATE = z.strictObject({
  camera: z.string().max(130),
  ttl: z.string().transform((text, ctx) => {
    const ageMs = parseDuration(text);
    if (ageMs !== undefined && ageMs <= SHARE_AGE_MAX_MS) return ageMs;
    ctx.addIssue({ code: "custom", message: "expected a time" });
    return z.NEVER;
  }),
  note: SHARE_NOTE.optional(),
});

const OPEN = z.strictObject({
  code: z.string().max(64),
  /** Gives up the session of somebody who may not view the camera. */
  replace: z.boolean().default(false),
});

/** What the handlers need. */
export interface ShareRouteParts extends SignInParts {
  readonly auth: Auth;
  readonly cameras: Cameras;
  readonly current: Current;
  readonly listen: Address;
}

/** The handlers. */
export function shareHandlers(parts: ShareRouteParts) {
  const { auth, audit, cameras, current, listen } = parts;
  return {
    /** `POST /api/shares`; `link` is shown this once. */
    async create(c: AppContext): Promise<Response> {
      const { camera: key, ttl, note } = await parseBody(c, CREATE);
      const { principal } = c.var;
      const camera = permitted(principal, "admin", keyedCamera(cameras, key));
      const { code, share } = await auth.shares.create(principal, {
        camera: camera.key,
        ageMaxMs: ttl,
        note,
      });
      const base = baseUrl({ ...current.config, listen });
      audit.event("share created", { ...c.var, camera }, { share: share.id });
      return c.json({ ...listed(share), link: shareLink(base, code) }, 201);
    },

    /** `GET /api/shares` */
    list(c: AppContext): Response {
      const shares = auth.shares.listFor(c.var.principal);
      return c.json({ shares: shares.map(listed) });
    },

    /** `DELETE /api/shares/:id` */
    async revoke(c: AppContext): Promise<Response> {
      const { principal } = c.var;
      const id = c.req.param("id") ?? "";
      const share = await auth.shares.revoke(principal, id);
      await auth.review();
      const camera = { key: share.camera };
      audit.event("share revoked", { ...c.var, camera }, { share: share.id });
      return c.body(null, 204);
    },

    /**
     * `POST /api/shares/open`: says where to go. Whoever may view the camera
     * already stays who they are.
     */
    async open(c: AppContext): Promise<Response> {
      const { code, replace } = await parseBody(c, OPEN);
      const share = find(c, code);
      const known = await principalOf(c, auth).catch(() => undefined);
      const path = pathOf(namesOfKey(share.camera));
      if (known !== undefined && may(known, "view", share.camera)) {
        return c.json({ path });
      }
      if (known !== undefined && !replace) {
        throw new GatewayError("signed_in_otherwise");
      }
      const who = `(share ${share.id})`;
      await signIn(c, {
        auth,
        audit,
        who,
        open: () => auth.shares.open(share),
      });
      return c.json({ path });
    },
  };

  function find(c: AppContext, code: string): ShareRecord {
    const { client } = c.var;
    try {
      return auth.shares.find({ code, address: client.address });
    } catch (error) {
      const result = error instanceof GatewayError ? error.code : "internal";
      audit.login({ user: "(share)", client, result });
      throw error;
    }
  }
}

function listed({ id, camera, note, creator, ...times }: ShareRecord) {
  const { createdAt, expiresAt } = times;
  return { id, camera, note, by: creator.user, createdAt, expiresAt };
}

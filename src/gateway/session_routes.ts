/**
 * Signing in and out: `/api/login`, `/api/setup`, `/api/logout`,
 * `/api/session`.
 *
 * @module
 */

import { z } from "zod";
import { parseBody } from "./body.ts";
import type { AppContext } from "./context.ts";
import { setSessionCookie, signIn, type SignInParts } from "./sign_in.ts";

const LOGIN = z.union([
  z.strictObject({
    user: z.string().max(64),
    password: z.string(),
    totp: z.string().max(16).optional(),
  }),
  z.strictObject({ code: z.string().max(64) }),
]);

const SETUP = z.strictObject({
  code: z.string().max(64),
  user: z.string().max(64),
  password: z.string(),
});

/** The handlers. */
export function sessionHandlers({ auth, audit }: SignInParts) {
  return {
    /** `POST /api/login` */
    async login(c: AppContext): Promise<Response> {
      const body = await parseBody(c, LOGIN);
      const { address } = c.var.client;
      const who = "code" in body
        ? "(link)"
        : auth.isUser(body.user)
        ? body.user
        : "(unknown)";
      await signIn(c, {
        auth,
        audit,
        who,
        open: async () =>
          "code" in body
            ? auth.login.byCode({ ...body, address })
            : await auth.login.byPassword({ ...body, address }),
      });
      return c.body(null, 204);
    },

    /** `POST /api/setup` */
    async setup(c: AppContext): Promise<Response> {
      const body = await parseBody(c, SETUP);
      const { address } = c.var.client;
      await signIn(c, {
        auth,
        audit,
        who: "(setup)",
        open: () => auth.login.setUp({ ...body, address }),
      });
      return c.body(null, 204);
    },

    /** `POST /api/logout` */
    logout(c: AppContext): Response {
      auth.logout(c.var.principal.credential);
      audit.event("logout", c.var);
      setSessionCookie(c, { secret: "" });
      return c.body(null, 204);
    },

    /** `GET /api/session` */
    session(c: AppContext): Response {
      const { user, expiresAt } = c.var.principal;
      return c.json({ user, expiresAt });
    },
  };
}

/**
 * Signing in and out: `/api/login`, `/api/setup`, `/api/logout`,
 * `/api/session`.
 *
 * @module
 */

import { z } from "zod";
import { GatewayError } from "../errors.ts";
import { BODY_SIZE_MAX, SESSION_AGE_MAX_MS } from "../limits.ts";
import type { Audit } from "./audit.ts";
import type { Auth } from "./auth/auth.ts";
import type { SignedIn } from "./auth/login.ts";
import { presented, sessionCookie } from "./auth/presented.ts";
import { hashOf } from "./auth/secret.ts";
import { limitBody } from "./body_limit.ts";
import type { AppContext } from "./context.ts";

const LOGIN = z.union([
  z.strictObject({ user: z.string().max(64), password: z.string() }),
  z.strictObject({ code: z.string().max(64) }),
]);

const SETUP = z.strictObject({
  code: z.string().max(64),
  user: z.string().max(64),
  password: z.string(),
});

/** A name and a password. */
export const smallBody = limitBody(BODY_SIZE_MAX);

/** The handlers. */
export function sessionHandlers(
  { auth, audit }: { auth: Auth; audit: Audit },
) {
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
      return await signIn(c, {
        who,
        open: async () =>
          "code" in body
            ? auth.login.byCode({ ...body, address })
            : await auth.login.byPassword({ ...body, address }),
      });
    },

    /** `POST /api/setup` */
    async setup(c: AppContext): Promise<Response> {
      const body = await parseBody(c, SETUP);
      const { address } = c.var.client;
      return await signIn(c, {
        who: "(setup)",
        open: () => auth.login.setUp({ ...body, address }),
      });
    },

    /** `POST /api/logout` */
    logout(c: AppContext): Response {
      auth.logout(c.var.principal.credential);
      audit.event("logout", c.var);
      setCookie(c, "");
      return c.body(null, 204);
    },

    /** `GET /api/session` */
    session(c: AppContext): Response {
      const { user, expiresAt } = c.var.principal;
      return c.json({ user, expiresAt });
    },
  };

  async function signIn(
    c: AppContext,
    { who, open }: { who: string; open: () => Promise<SignedIn> },
  ): Promise<Response> {
    const { client } = c.var;
    const { secure } = client;
    // Refuses a planted cookie before anything is opened.
    const before = presented(c.req.raw.headers, { secure });
    let signedIn: SignedIn;
    try {
      signedIn = await open();
    } catch (error) {
      const result = error instanceof GatewayError ? error.code : "internal";
      audit.login({ user: who, client, result });
      throw error;
    }
    // A new session each time; the one before, if any, is over.
    if (before?.kind === "cookie") {
      auth.logout(auth.session(hashOf(before.secret)));
    }
    audit.login({ user: signedIn.user, client, result: "ok" });
    setCookie(c, signedIn.secret);
    return c.body(null, 204);
  }
}

function setCookie(c: AppContext, secret: string): void {
  const { secure } = c.var.client;
  const ageMaxMs = SESSION_AGE_MAX_MS;
  c.header("Set-Cookie", sessionCookie({ secret, secure, ageMaxMs }));
}

/** Only JSON: forms of other pages cannot send it without asking first. */
async function parseBody<T>(c: AppContext, schema: z.ZodType<T>): Promise<T> {
  const type = c.req.header("content-type") ?? "";
  if (!/^application\/json(?:;|$)/i.test(type)) {
    throw new GatewayError("bad_request", { context: { check: "type" } });
  }
  const text = await c.req.text();
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new GatewayError("bad_request", { context: { check: "json" } });
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    throw new GatewayError("bad_request", { context: { check: "schema" } });
  }
  return parsed.data;
}

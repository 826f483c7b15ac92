/**
 * What a request's headers present as proof of who asks.
 *
 * @module
 */

import { GatewayError } from "../../errors.ts";
import { BASIC_LENGTH_MAX } from "../../limits.ts";
import type { Presented } from "./auth.ts";
import { TICKET_PREFIX } from "./ticket.ts";
import { parseBasic } from "./basic.ts";
import { refusal } from "./refusal.ts";
import { USER_CLAIM_HEADER } from "./user_claim.ts";

/** What there is to know of whoever sent a request. */
export interface Sender {
  /** Whether the browser speaks TLS. */
  readonly secure: boolean;
  /** The client's; a guess at a password counts for it. */
  readonly address?: string;
  /** `host` or `host:port`: those of this gateway, and what was asked for. */
  readonly hosts?: ReadonlySet<string>;
}

/**
 * The session cookie's name. Browsers keep `__Host-` cookies from being set
 * by a sibling domain or over plain HTTP; without TLS they refuse it, so that
 * plain HTTP has a name of its own and neither counts for the other.
 */
export function cookieName(secure: boolean): string {
  return secure ? "__Host-nalgate" : "nalgate-insecure";
}

/** The `Set-Cookie` value for a session; an empty secret deletes it. */
export function sessionCookie(
  { secret, secure, ageMaxMs }: {
    secret: string;
    secure: boolean;
    ageMaxMs: number;
  },
): string {
  return [
    `${cookieName(secure)}=${secret}`,
    "Path=/",
    `Max-Age=${secret === "" ? 0 : Math.floor(ageMaxMs / 1000)}`,
    "HttpOnly",
    "SameSite=Lax",
    ...secure ? ["Secure"] : [],
  ].join("; ");
}

/**
 * What `Authorization` has goes before the cookie: it was put there on
 * purpose.
 *
 * @throws {GatewayError} `bad_request` when there are two cookies of the
 * name: one of them was planted. `unauthenticated` for another scheme.
 */
export function presented(
  headers: Headers,
  sender: Sender,
): Presented | undefined {
  const { secure } = sender;
  const authorization = headers.get("authorization");
  if (authorization !== null) {
    return authorized(authorization, { headers, ...sender });
  }
  const name = cookieName(secure);
  const cookies = headers.get("cookie") ?? "";
  // A second `Cookie` header is joined by a comma, which parts no pairs:
  // otherwise a value could pass for a cookie. It only counts as planted.
  const count = cookies.split(/[;,]/)
    .filter((pair) => pair.trim().startsWith(`${name}=`)).length;
  if (count > 1) {
    throw new GatewayError("bad_request", { context: { check: "cookies" } });
  }
  const secret = cookies.split(";").map((pair) => pair.trim())
    .find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
  return secret === undefined || secret === ""
    ? undefined
    : { kind: "cookie", secret };
}

/** The token, or the name and password, of an `Authorization` header. */
function authorized(
  text: string,
  { headers, address = "", hosts = new Set() }: Sender & { headers: Headers },
): Presented {
  const [, basic] = /^basic +([\w+/]+=*)$/i.exec(text) ?? [];
  const named = basic !== undefined && basic.length <= BASIC_LENGTH_MAX
    ? parseBasic(basic)
    : undefined;
  if (named !== undefined) return { kind: "basic", ...named, address };
  const [, token] = /^bearer +([\w.~+/=-]+)$/i.exec(text) ?? [];
  if (token === undefined) throw refusal("authorization");
  const claim = headers.get(USER_CLAIM_HEADER);
  return {
    kind: "bearer",
    token,
    ...claim === null ? {} : { userClaim: { claim, hosts } },
  };
}

/** The one-time ticket that stands in the place of a bearer token, if any. */
export function ticketOf(headers: Headers): string | undefined {
  const [, token] =
    /^bearer +([\w-]+)$/i.exec(headers.get("authorization") ?? "") ?? [];
  return token?.startsWith(TICKET_PREFIX) ? token : undefined;
}

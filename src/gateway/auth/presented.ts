/**
 * What a request's headers present as proof of who asks.
 *
 * @module
 */

import { GatewayError } from "../../errors.ts";
import type { Presented } from "./auth.ts";
import { TICKET_PREFIX } from "./ticket.ts";

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
 * A bearer token goes before the cookie: it was put there on purpose.
 *
 * @throws {GatewayError} `bad_request` when there are two cookies of the
 * name: one of them was planted. `unauthenticated` for another scheme.
 */
export function presented(
  headers: Headers,
  { secure }: { secure: boolean },
): Presented | undefined {
  const authorization = headers.get("authorization");
  if (authorization !== null) {
    const [, token] = /^bearer +([\w.~+/=-]+)$/i.exec(authorization) ?? [];
    if (token === undefined) throw new GatewayError("unauthenticated");
    return { kind: "bearer", token };
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

/** The one-time ticket that stands in the place of a bearer token, if any. */
export function ticketOf(headers: Headers): string | undefined {
  const [, token] =
    /^bearer +([\w-]+)$/i.exec(headers.get("authorization") ?? "") ?? [];
  return token?.startsWith(TICKET_PREFIX) ? token : undefined;
}

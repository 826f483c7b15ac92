/**
 * `/auth/check`: what other servers ask before they answer themselves: nginx
 * with `auth_request`, Caddy with `forward_auth`. The answer is 204 with the
 * user's name, 401 or 403.
 *
 * The decision is made on the path as our own router would see it, so that
 * no spelling of a path means one thing here and another there.
 *
 * @module
 */

import { cameraKey, isName } from "../config/config.ts";
import type { Right } from "../config/grant.ts";
import { GatewayError } from "../errors.ts";
import { addressList, plainAddress } from "./auth/addresses.ts";
import type { AppContext } from "./context.ts";
import { checkOrigin } from "./origin.ts";
import { routePath } from "./path.ts";
import type { Question } from "./steps.ts";

/** The camera that the path of the request names. */
export const askedCamera: Question = (c) => {
  const key = keyOf(c.req.param());
  return { key, right: askedRight(c) };
};

/** The camera that the path of the request behind this request names. */
export function askedUri(
  { trustedProxies, ownOrigins }: {
    trustedProxies: readonly string[];
    ownOrigins: ReadonlySet<string>;
  },
): Question {
  const isTrusted = addressList(trustedProxies);
  return (c) => {
    if (!isTrusted(plainAddress(c.env.peer))) throw forbidden("proxy");
    const uri = agreed(c, ["x-original-uri", "x-forwarded-uri"]);
    const method = agreed(c, ["x-original-method", "x-forwarded-method"]);
    if (uri === undefined) throw forbidden("uri");
    // A proxy that does not tell the method may let any pass.
    const isSafe = /^(?:GET|HEAD|OPTIONS)$/.test(method ?? "");
    // As for requests to us: with its cookie, another page could send it.
    if (!isSafe || c.req.header("origin") !== undefined) {
      const bearer = c.req.header("authorization") !== undefined;
      checkOrigin(c.req.raw.headers, { own: ownOrigins, bearer });
    }
    const key = keyOf(namesIn(uri, c.var.client.base));
    return { key, right: isSafe ? askedRight(c) : "admin" };
  };
}

/** `GET /auth/check…`, once the right is there. */
export function checkHandler(c: AppContext): Response {
  const { user } = c.var.principal;
  // Header fields are ASCII; names from elsewhere need not be.
  c.header("Remote-User", encodeURI(user).replaceAll("%20", " "));
  return c.body(null, 204);
}

/**
 * What the proxy says under either name. It sets one of them; the other may
 * be its client's, so that two that differ are none.
 */
function agreed(c: AppContext, names: readonly string[]): string | undefined {
  const [text, ...others] = names.map((name) => c.req.header(name))
    .filter((text) => text !== undefined);
  if (others.some((other) => other !== text)) throw forbidden("two values");
  return text;
}

const CAMERA_PATH =
  /^(?:\/devices\/(?<device>[^/]+))?\/cameras\/(?<camera>[^/]+)(?:\/|$)/;

type CameraNames = Readonly<Record<string, string | undefined>>;

function namesIn(uri: string, base: string): CameraNames {
  const [pathname = ""] = uri.split(/[?#]/, 1);
  return CAMERA_PATH.exec(routePath(pathname, base))?.groups ?? {};
}

function keyOf({ device, camera: name = "" }: CameraNames): string {
  if (!isName(name)) throw forbidden("camera");
  if (device !== undefined && !isName(device)) throw forbidden("device");
  return cameraKey({ device, name });
}

function askedRight(c: AppContext): Right {
  return c.req.query("right") === "admin" ? "admin" : "view";
}

/** nginx knows 401, 403 and success; all else it takes for our failure. */
function forbidden(check: string): GatewayError {
  return new GatewayError("forbidden", { context: { check } });
}

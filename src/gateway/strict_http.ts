/**
 * What the HTTP parser lets pass and we do not: whatever a proxy in front of
 * us, or a browser, might read in another way than we.
 *
 * @module
 */

import type { IncomingMessage } from "node:http";
import { HEADERS_COUNT_MAX } from "../limits.ts";

/** A status line without its version. */
export type Refusal = "400 Bad Request" | "431 Request Header Fields Too Large";

type Parsed = Pick<
  IncomingMessage,
  "headers" | "httpVersion" | "rawHeaders" | "url"
>;

const HOST = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;

/** Why a request is refused before anybody looks at it, if it is. */
export function refusalOf(incoming: Parsed): Refusal | undefined {
  // The parser keeps one more than allowed and drops the rest.
  if (incoming.rawHeaders.length > 2 * HEADERS_COUNT_MAX) {
    return "431 Request Header Fields Too Large";
  }
  const isSound = hasPlainVersion(incoming) && hasOneHost(incoming) &&
    hasPlainFraming(incoming) && isPlainTarget(incoming.url ?? "");
  return isSound ? undefined : "400 Bad Request";
}

/** The parser takes 0.9 and 2.0 too, with headers, and answers in 1.1. */
function hasPlainVersion({ httpVersion }: Parsed): boolean {
  return httpVersion === "1.1" || httpVersion === "1.0";
}

/** RFC 9112 section 3.2; of two, everybody takes another. */
function hasOneHost({ rawHeaders, headers, httpVersion }: Parsed): boolean {
  const isHost = (text: string, index: number) =>
    index % 2 === 0 && text.toLowerCase() === "host";
  const count = rawHeaders.filter(isHost).length;
  if (count === 0) return httpVersion === "1.0";
  return count === 1 && HOST.test(headers.host ?? "");
}

/** The parser takes an empty coding for none, and unknown ones unread. */
function hasPlainFraming({ headers, httpVersion }: Parsed): boolean {
  const coding = headers["transfer-encoding"];
  return coding === undefined ||
    (coding.toLowerCase() === "chunked" && httpVersion === "1.1");
}

/**
 * Whether a path stands there as browsers write it: dot segments resolved,
 * everything else escaped. Then all who read it see the same path. Other
 * forms of targets are for proxies, of which this is none.
 */
function isPlainTarget(target: string): boolean {
  if (!target.startsWith("/")) return false;
  const [path = ""] = target.split("?", 1);
  return new URL(`http://nalgate.invalid${path}`).pathname === path &&
    !target.includes("#");
}

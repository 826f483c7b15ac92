/**
 * ICE servers as `Link` headers (RFC 9725 section 4.6).
 *
 * @module
 */

import type { BrowserIceServer } from "../../janus/message.ts";

/** The value of one `Link` header. */
export function iceServerLink(
  { urls, username, credential }: BrowserIceServer,
): string {
  const link = `<${urls}>; rel="ice-server"`;
  return username === undefined || credential === undefined
    ? link
    : `${link}; username=${quoted(username)}; ` +
      `credential=${quoted(credential)}; credential-type="password"`;
}

/** A quoted-string (RFC 9110 section 5.6.4). */
function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}

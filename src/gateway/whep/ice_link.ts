/**
 * ICE servers as `Link` headers (RFC 9725 section 4.6).
 *
 * @module
 */

/** A STUN or TURN server, as `RTCPeerConnection` takes it. */
export interface LinkedIceServer {
  readonly urls: string;
  readonly username?: string;
  readonly credential?: string;
}

/** The value of one `Link` header. */
export function iceServerLink(
  { urls, username, credential }: LinkedIceServer,
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

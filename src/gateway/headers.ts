/**
 * Security headers, on every response.
 *
 * @module
 */

/** What the headers depend on. */
export interface SecurityContext {
  readonly secure: boolean;
  readonly ownOrigins: ReadonlySet<string>;
  /** Origins of pages that may show this response in a frame; none: no page. */
  readonly frameAncestors?: readonly string[];
}

/** The headers of one response. */
export function securityHeaders(
  { secure, ownOrigins, frameAncestors = [] }: SecurityContext,
): Readonly<Record<string, string>> {
  // Older Safaris do not count WebSockets under 'self'. A source cannot be
  // an IPv6 address (CSP level 3, section 2.3.1): browsers complain about it.
  const sockets = [...ownOrigins].filter((origin) => !origin.includes("["))
    .map((origin) => origin.replace(/^http/, "ws"));
  return {
    "Content-Security-Policy": [
      "default-src 'self'",
      ["connect-src 'self'", ...sockets].join(" "),
      "object-src 'none'",
      "base-uri 'self'",
      "form-action 'self'",
      `frame-ancestors ${frameAncestors.join(" ") || "'none'"}`,
    ].join("; "),
    "Permissions-Policy": "accelerometer=(), autoplay=(self), camera=(), " +
      "display-capture=(), fullscreen=(self), geolocation=(), " +
      "gyroscope=(), magnetometer=(), microphone=(), payment=(), " +
      "picture-in-picture=(self), screen-wake-lock=(self), usb=()",
    "X-Content-Type-Options": "nosniff",
    // It cannot name the pages that may.
    ...frameAncestors.length === 0 ? { "X-Frame-Options": "DENY" } : {},
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    ...secure ? { "Strict-Transport-Security": "max-age=31536000" } : {},
  };
}

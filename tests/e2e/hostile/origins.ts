/** Pages of others, by WebSocket and by POST. */

import { handshake, type HttpRow, JSON_TYPE, type Loot, post } from "./rows.ts";

const NO = "403 origin_refused";

/** The user's own browser, on somebody else's page. */
const watch = (...lines: readonly string[]) => ({ cookie }: Loot) =>
  handshake({ lines: [`Cookie: ${cookie}`, ...lines] });
const from = (origin: string) => watch(`Origin: ${origin}`);
const like = (change: (origin: string) => string) => (loot: Loot) =>
  from(change(loot.origin))(loot);
const login = (...lines: readonly string[]) => ({ cookie }: Loot) =>
  post("/api/logout", "{}", `Cookie: ${cookie}`, JSON_TYPE, ...lines);

export const ORIGINS: readonly HttpRow[] = [
  ["no origin", watch(), NO],
  ["an empty one", from(""), NO],
  ["null", from("null"), NO],
  ["somebody else's", from("https://evil.example"), NO],
  ["ours as a prefix", like((origin) => `${origin}.evil.example`), NO],
  ["ours as a user", like((origin) => `${origin}@evil.example`), NO],
  ["ours as a path", like((origin) => `https://evil.example/${origin}`), NO],
  ["ours with a slash", like((origin) => `${origin}/`), NO],
  ["ours with a digit more", like((origin) => `${origin}0`), NO],
  ["ours by TLS", like((origin) => origin.replace("http", "https")), NO],
  ["ours in capitals", like((origin) => origin.toUpperCase()), NO],
  ["ours on another port", from("http://127.0.0.1:1"), NO],
  ["ours without a port", from("http://127.0.0.1"), NO],
  [
    "another name of loopback",
    like((origin) => origin.replace("127.0.0.1", "127.0.0.2")),
    NO,
  ],
  [
    "loopback as a number",
    like((origin) => origin.replace("127.0.0.1", "2130706433")),
    NO,
  ],
  ["ours twice", like((origin) => `${origin}, ${origin}`), NO],
  [
    "ours and another header",
    ({ cookie, origin }) =>
      handshake({
        lines: [
          `Cookie: ${cookie}`,
          `Origin: ${origin}`,
          "Origin: https://evil.example",
        ],
      }),
    NO,
  ],
  [
    "ours, but cross-site",
    ({ cookie, origin }) =>
      handshake({
        lines: [
          `Cookie: ${cookie}`,
          `Origin: ${origin}`,
          "Sec-Fetch-Site: cross-site",
        ],
      }),
    NO,
  ],
  [
    "ours, but same-site",
    ({ cookie, origin }) =>
      handshake({
        lines: [
          `Cookie: ${cookie}`,
          `Origin: ${origin}`,
          "Sec-Fetch-Site: same-site",
        ],
      }),
    NO,
  ],
  [
    "a token, on somebody else's page",
    ({ token }) =>
      handshake({
        lines: [
          `Authorization: Bearer ${token}`,
          "Origin: https://evil.example",
        ],
      }),
    NO,
  ],
  ["a POST without one", login(), NO],
  ["a POST of somebody else", login("Origin: https://evil.example"), NO],
  ["a POST of null", login("Origin: null"), NO],
  [
    "a POST with a Referer only",
    ({ cookie, origin }) =>
      post("/api/logout", "", `Cookie: ${cookie}`, `Referer: ${origin}/`),
    NO,
  ],
  [
    "a form of somebody else",
    ({ cookie }) =>
      post(
        "/api/logout",
        "a=b",
        `Cookie: ${cookie}`,
        "Content-Type: application/x-www-form-urlencoded",
        "Origin: https://evil.example",
      ),
    NO,
  ],
];

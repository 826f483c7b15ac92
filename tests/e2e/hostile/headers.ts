/** Headers and framing: spoofed, smuggled, broken. */

import { get, type HttpRow, JSON_TYPE, post, request } from "./rows.ts";

const NO = "401 unauthenticated";
const ask = (...lines: readonly string[]) => () =>
  get("/api/session", ...lines);
const many = (count: number) =>
  Array.from({ length: count }, (_, index) => `X-${index}: 1`);
const raw = (text: string) => () => text;

const SMUGGLED = "GET /api/session HTTP/1.1\r\nHost: x\r\n\r\n";
const POST = "POST /api/login HTTP/1.1\r\nHost: x\r\n";

export const HEADERS: readonly HttpRow[] = [
  ["Remote-User", ask("Remote-User: ann"), NO],
  ["Remote_User", ask("Remote_User: ann"), NO],
  [
    "X-Forwarded-User",
    ask("X-Forwarded-User: ann", "X-Forwarded-Groups: admin"),
    NO,
  ],
  [
    "X-Remote-User from loopback",
    ask("X-Remote-User: ann", "X-Forwarded-For: 127.0.0.1"),
    NO,
  ],
  [
    "a guessed proxy secret",
    ask("Remote-User: ann", "Nalgate-Proxy-Secret: guess"),
    NO,
  ],
  ["X-Original-URL", ask("X-Original-URL: /login"), NO],
  ["X-Rewrite-URL", ask("X-Rewrite-URL: /healthz"), NO],
  [
    "X-Forwarded-Uri",
    ask("X-Forwarded-Uri: /healthz", "X-Forwarded-Method: GET"),
    NO,
  ],
  ["X-Forwarded-Prefix", ask("X-Forwarded-Prefix: /api/session"), NO],
  ["X-HTTP-Method-Override", ask("X-HTTP-Method-Override: POST"), NO],
  ["Forwarded", ask('Forwarded: for=127.0.0.1;proto=https;by="_secret"'), NO],
  ["a health checker's User-Agent", ask("User-Agent: GoogleHC/1.0"), NO],
  [
    "Host of somebody else",
    raw(
      "GET /api/session HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
    ),
    NO,
  ],
  ["two Hosts", ask("Host: evil.example"), "400"],
  [
    "an absolute URL",
    () => request("GET http://evil.example/api/session HTTP/1.1", []),
    "400",
  ],
  ["no Host", raw("GET /api/session HTTP/1.1\r\n\r\n"), "400"],
  [
    "two lengths",
    raw(`${POST}Content-Length: 0\r\nContent-Length: 44\r\n\r\n${SMUGGLED}`),
    "400",
  ],
  [
    "length and chunks",
    raw(
      `${POST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    ),
    "400",
  ],
  [
    "chunks twice",
    raw(
      `${POST}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    ),
    "400",
  ],
  [
    "chunks by another name",
    raw(`${POST}Transfer-Encoding: xchunked\r\n\r\n${SMUGGLED}`),
    "400",
  ],
  [
    "chunks of 2^68 bytes",
    raw(`${POST}Transfer-Encoding: chunked\r\n\r\n100000000000000000\r\n`),
    "400",
  ],
  ["a negative length", raw(`${POST}Content-Length: -1\r\n\r\n`), "400"],
  ["a length with a plus", raw(`${POST}Content-Length: +5\r\n\r\n`), "400"],
  [
    "a length of 2^64",
    raw(`${POST}Content-Length: 18446744073709551616\r\n\r\n`),
    "400",
  ],
  ["a folded header", ask("X: a", " b"), "400"],
  ["a space before the colon", ask("Cookie : a"), "400"],
  ["a NUL", ask("X: a\0b"), "400"],
  ["a lone CR", ask("X: a\rCookie: b"), "400"],
  ["bare line feeds", raw("GET /api/session HTTP/1.1\nHost: x\n\n"), "400"],
  ["a name with a bracket", ask("X(: a"), "400"],
  ["64 KiB of header", ask(`X: ${"a".repeat(65_536)}`), "431"],
  ["200 headers", ask(...many(200)), "431"],
  ["HTTP/0.9", raw("GET /api/session\r\n\r\n"), "400"],
  ["HTTP/3.7", raw("GET /api/session HTTP/3.7\r\nHost: x\r\n\r\n"), "400"],
  ["HTTP/2's preface", raw("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), "400"],
  [
    "TLS where there is none",
    raw("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    "400",
  ],
  ["no HTTP at all", raw("\0\0\0\0\r\n\r\n"), "400"],
  ["CONNECT", () => request("CONNECT 127.0.0.1:22 HTTP/1.1", []), "0"],
  [
    "TRACE",
    () => request("TRACE /api/session HTTP/1.1", []),
    "403 origin_refused",
  ],
  ["an unknown method", () => request("HACK /api/session HTTP/1.1", []), "400"],
  [
    "a body longer than said",
    ({ origin }) =>
      post("/api/login", "{}", `Origin: ${origin}`, JSON_TYPE) + SMUGGLED,
    "400",
  ],
  [
    "Expect: 100-continue and 9 KiB",
    ({ origin }) =>
      post("/api/login", "x".repeat(9000), `Origin: ${origin}`, JSON_TYPE),
    "413 too_large",
  ],
];

/** Session cookies that are none, or too many. */

import { get, type HttpRow } from "./rows.ts";

const ask = (cookie: string, ...more: readonly string[]) =>
  get("/api/session", `Cookie: ${cookie}`, ...more);

const NAME = "nalgate-insecure";
const NO = "401 unauthenticated";
const OVER = "401 session_ended";
const PLANTED = "400 bad_request";

export const COOKIES: readonly HttpRow[] = [
  ["no cookie", () => get("/api/session"), NO],
  ["an empty one", () => ask(`${NAME}=`), NO],
  ["a guess", () => ask(`${NAME}=${"A".repeat(43)}`), OVER],
  ["a good one, cut", ({ cookie }) => ask(cookie.slice(0, -1)), OVER],
  ["a good one, lengthened", ({ cookie }) => ask(`${cookie}A`), OVER],
  [
    "a good one, quoted",
    ({ cookie }) => ask(cookie.replace("=", '="') + '"'),
    OVER,
  ],
  [
    "a good one, escaped",
    ({ cookie }) => ask(cookie.replace("=", "=%20")),
    OVER,
  ],
  [
    "a good one under TLS's name",
    ({ cookie }) => ask(cookie.replace(NAME, "__Host-nalgate")),
    NO,
  ],
  [
    "a good one in capitals",
    ({ cookie }) => ask(cookie.replace(NAME, NAME.toUpperCase())),
    NO,
  ],
  ["a good one behind a prefix", ({ cookie }) => ask(`x${cookie}`), NO],
  ["a good one behind a comma", ({ cookie }) => ask(`a=b, ${cookie}`), NO],
  [
    "two of one name",
    ({ cookie }) => ask(`${cookie}; ${NAME}=planted`),
    PLANTED,
  ],
  [
    "two of one name, planted first",
    ({ cookie }) => ask(`${NAME}=planted; ${cookie}`),
    PLANTED,
  ],
  ["the same twice", ({ cookie }) => ask(`${cookie}; ${cookie}`), PLANTED],
  [
    "two headers",
    ({ cookie }) => ask(cookie, `Cookie: ${NAME}=planted`),
    PLANTED,
  ],
  ["fifty of one name", () => ask(`${NAME}=x; `.repeat(50)), PLANTED],
  ["a prototype", () => ask("__proto__=x; constructor=y"), NO],
  ["twelve kilobytes", () => ask(`a=${"b".repeat(12_000)}`), NO],
  ["sixteen kilobytes", () => ask(`a=${"b".repeat(16_500)}`), "431"],
  [
    "a good one with a foreign logout",
    ({ cookie }) => get("/api/logout", `Cookie: ${cookie}`),
    "404 not_found",
  ],
];

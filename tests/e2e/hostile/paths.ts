/** Paths that lead nowhere, as somebody who is signed in. */

import { get, handshake, type HttpRow, type Loot } from "./rows.ts";

const NO = "404 not_found";
const at = (path: string) => ({ cookie }: Loot) =>
  get(path, `Cookie: ${cookie}`);
const watch = (path: string) => ({ cookie, origin }: Loot) =>
  handshake({ path, lines: [`Cookie: ${cookie}`, `Origin: ${origin}`] });

export const PATHS: readonly HttpRow[] = [
  ["dots", at("/../../etc/passwd"), "400"],
  ["escaped dots", at("/cameras/%2e%2e/%2e%2e/etc/passwd"), "400"],
  ["escaped slashes", at("/cameras/..%2f..%2fadmin/"), NO],
  ["doubly escaped", at("/cameras/%252e%252e%252fadmin/"), NO],
  ["a NUL", at("/cameras/front%00/"), NO],
  ["a line break", at("/cameras/front%0d%0aX:1/"), NO],
  ["backslashes", at("/cameras\\..\\..\\state\\users.json"), "400"],
  ["two slashes", at("//cameras/front/"), NO],
  ["a host in the path", at("//evil.example/cameras/front/"), NO],
  ["a semicolon", at("/cameras/front;jsessionid=1/"), NO],
  ["overlong UTF-8", at("/cameras/%c0%ae%c0%ae/"), NO],
  ["full width", at("/cameras/%ef%bc%8e%ef%bc%8e/"), NO],
  ["an escaped letter", at("/cameras/%66ront/"), NO],
  ["a dot at the end", at("/cameras/front./"), "404 not_found"],
  ["capitals", at("/cameras/FRONT/"), NO],
  ["a prototype", at("/cameras/__proto__/"), NO],
  ["a constructor", at("/cameras/constructor/"), "403 forbidden"],
  ["a camera that is another's", at("/cameras/back/"), "403 forbidden"],
  ["a camera that is not there", at("/cameras/nosuch/"), "403 forbidden"],
  ["state files", at("/state/users.json"), NO],
  ["the code", at("/assets/../src/main.ts"), "400"],
  ["an asset that is none", at("/assets/nosuch.js"), NO],
  ["an asset's prototype", at("/assets/__proto__"), NO],
  ["/admin", at("/admin"), NO],
  ["Janus's admin API", at("/admin/janus"), NO],
  ["a path of 8 KiB", at(`/${"a".repeat(8192)}`), NO],
  ["a thousand segments", at("/a".repeat(1000)), NO],
  ["a query that looks public", at("/nosuch?x=/login"), NO],
  ["a fragment that looks public", at("/nosuch#/login"), "400"],
  [
    "a WebSocket to another's camera",
    watch("/cameras/back/janus"),
    "403 forbidden",
  ],
  ["a WebSocket with escaped slashes", watch("/cameras/front%2fjanus"), NO],
  [
    "a WebSocket with dots",
    watch("/cameras/front/../back/janus"),
    "400",
  ],
  ["a WebSocket to no WebSocket", watch("/nosuch/janus"), NO],
  [
    "no WebSocket to a WebSocket",
    at("/cameras/front/janus"),
    "426 upgrade_required",
  ],
  [
    "a ticket that is none",
    watch("/cameras/front/janus?ticket=abc"),
    "401 ticket_expired",
  ],
];

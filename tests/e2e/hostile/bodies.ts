/** Bodies of the API. */

import { type HttpRow, JSON_TYPE, type Loot, post } from "./rows.ts";

const NO = "400 bad_request";
const typed =
  (path: string, body: string, type: string) => ({ origin }: Loot) =>
    post(path, body, `Origin: ${origin}`, type);
const login = (body: string) => typed("/api/login", body, JSON_TYPE);
const FORM = "Content-Type: application/x-www-form-urlencoded";
const GOOD = '{"user":"ann","password":"wrong"}';

export const BODIES: readonly HttpRow[] = [
  ["nothing", login(""), NO],
  ["half an object", login('{"user":"ann"'), NO],
  ["null", login("null"), NO],
  ["a list", login(`[${GOOD}]`), NO],
  ["two objects", login(GOOD + GOOD), NO],
  ["a number as the name", login('{"user":1,"password":"x"}'), NO],
  [
    "an object as the password",
    login('{"user":"ann","password":{"$ne":null}}'),
    NO,
  ],
  ["a list as the name", login('{"user":["ann"],"password":"x"}'), NO],
  ["no password", login('{"user":"ann"}'), NO],
  ["one field more", login('{"user":"ann","password":"x","admin":true}'), NO],
  [
    "a prototype",
    login('{"user":"ann","password":"x","__proto__":{"admin":true}}'),
    NO,
  ],
  ["both ways at once", login('{"user":"ann","password":"x","code":"y"}'), NO],
  [
    "a password of 1 025 bytes",
    login(`{"user":"ann","password":"${"x".repeat(1025)}"}`),
    NO,
  ],
  [
    "a password of 1 KiB of emoji",
    login(`{"user":"ann","password":"${"\u{1f4f7}".repeat(300)}"}`),
    NO,
  ],
  [
    "a name of 65 characters",
    login(`{"user":"${"a".repeat(65)}","password":"x"}`),
    NO,
  ],
  [
    "9 KiB",
    login(`{"user":"ann","password":"${"x".repeat(9000)}"}`),
    "413 too_large",
  ],
  ["10 000 brackets", login("[".repeat(8000)), NO],
  ["a form", typed("/api/login", "user=ann&password=x", FORM), NO],
  ["JSON as text", typed("/api/login", GOOD, "Content-Type: text/plain"), NO],
  ["JSON of no type", typed("/api/login", GOOD, "X: y"), NO],
  [
    "JSON of nearly the type",
    typed("/api/login", GOOD, "Content-Type: application/jsonp"),
    NO,
  ],
  [
    "a wrong password",
    login('{"user":"nobody","password":"wrong"}'),
    "401 login_refused",
  ],
  ["a link's code, guessed", login('{"code":"guess"}'), "401 link_expired"],
  [
    "setup when there is a user",
    typed(
      "/api/setup",
      '{"code":"x","user":"eve","password":"12345678"}',
      JSON_TYPE,
    ),
    "401 link_expired",
  ],
];

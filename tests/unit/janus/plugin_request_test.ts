import { assert, assertEquals } from "@std/assert";
import { parsePluginRequest } from "../../../src/janus/plugin_request.ts";

type Body = Record<string, unknown>;

const ACCEPTED: readonly [string, Body, Body][] = [
  ["watch", { request: "watch" }, { request: "watch" }],
  [
    "watch with everything",
    {
      request: "watch",
      id: "front",
      params: { orientation: 90, audio: true, mic: false },
    },
    {
      request: "watch",
      id: "front",
      params: { orientation: 90, audio: true, mic: false },
    },
  ],
  [
    "watch of a newer page",
    { request: "watch", params: { cam: true, __proto__: null }, secret: "x" },
    { request: "watch", params: {} },
  ],
  ["start", { request: "start" }, { request: "start" }],
  ["stop", { request: "stop" }, { request: "stop" }],
  ["features", { request: "features" }, { request: "features" }],
  ["key_required", { request: "key_required" }, { request: "key_required" }],
  ["status", { request: "status" }, { request: "status" }],
];

Deno.test("parsePluginRequest() reads", async (t) => {
  for (const [name, body, expected] of ACCEPTED) {
    await t.step(name, () => {
      assertEquals<unknown>(parsePluginRequest(body), expected);
    });
  }
});

const REFUSED: readonly [string, Body, number][] = [
  ["no request", {}, 400],
  ["a numeric request", { request: 1 }, 400],
  ["an unknown request", { request: "configure" }, 405],
  ["capitals", { request: "WATCH" }, 405],
  ["constructor", { request: "constructor" }, 405],
  ["a numeric id", { request: "watch", id: 1 }, 400],
  ["an id with NUL", { request: "watch", id: "a\0" }, 400],
  ["an endless id", { request: "watch", id: "a".repeat(65) }, 400],
  ["45 degrees", { request: "watch", params: { orientation: 45 } }, 400],
  ["params as a list", { request: "watch", params: [] }, 400],
  ["audio as a text", { request: "watch", params: { audio: "yes" } }, 400],
];

Deno.test("parsePluginRequest() refuses", async (t) => {
  for (const [name, body, code] of REFUSED) {
    await t.step(name, () => {
      const parsed = parsePluginRequest(body);
      assert(parsed.request === "refused");
      assertEquals(parsed.code, code);
    });
  }
});

import { assert, assertEquals } from "@std/assert";
import { JSON_DEPTH_MAX } from "../../../src/limits.ts";
import { type JsonProblem, parseStrictJson } from "../../../src/janus/json.ts";
import fc from "fast-check";

const REFUSED: readonly [string, string, JsonProblem][] = [
  ["an empty text", "", "syntax"],
  ["a byte order mark", '\ufeff{"a":1}', "syntax"],
  ["two objects", '{"a":1}{"b":2}', "syntax"],
  ["trailing text", '{"a":1} x', "syntax"],
  ["an open string", '{"a":"', "syntax"],
  ["an escaped closing quote", '{"a":"\\"}', "syntax"],
  ["a comment", '{"a":1/**/}', "syntax"],
  ["an array", "[]", "notObject"],
  ["a batch", '[{"janus":"ping"}]', "notObject"],
  ["a string", '"janus"', "notObject"],
  ["null", "null", "notObject"],
  ["a fraction", '{"a":1.0}', "number"],
  ["an exponent", '{"a":1e3}', "number"],
  ["minus zero", '{"a":-0}', "number"],
  ["a leading zero", '{"a":01}', "number"],
  ["2^53 + 1", '{"a":9007199254740993}', "number"],
  ["2^53", '{"a":9007199254740992}', "number"],
  ["2^63", '{"a":9223372036854775808}', "number"],
  ["a fraction deep inside", '{"a":{"b":[{"c":0.5}]}}', "number"],
  ["objects too deep", '{"a":'.repeat(JSON_DEPTH_MAX + 1), "tooDeep"],
  ["100 000 arrays", '{"a":' + "[".repeat(100_000), "tooDeep"],
];

Deno.test("parseStrictJson() refuses", async (t) => {
  for (const [name, text, problem] of REFUSED) {
    await t.step(name, () => {
      assertEquals(parseStrictJson(text), { problem });
    });
  }
});

const ACCEPTED: readonly [string, string, Record<string, unknown>][] = [
  ["nothing", "{}", {}],
  ["zero", '{"a":0}', { a: 0 }],
  ["a negative integer", '{"a":-7}', { a: -7 }],
  ["2^53 - 1", '{"a":9007199254740991}', { a: 9007199254740991 }],
  ["numbers in strings", '{"a":"1.0 1e3 {[["}', { a: "1.0 1e3 {[[" }],
  ["escapes", '{"a":"\\"\\\\","b":"\\\\\\""}', { a: '"\\', b: '\\"' }],
  ["the last of two keys", '{"a":1,"a":2}', { a: 2 }],
  [
    "the depth that is allowed",
    '{"a":'.repeat(JSON_DEPTH_MAX) + "1" + "}".repeat(JSON_DEPTH_MAX),
    JSON.parse('{"a":'.repeat(JSON_DEPTH_MAX) + 1 + "}".repeat(JSON_DEPTH_MAX)),
  ],
];

Deno.test("parseStrictJson() takes", async (t) => {
  for (const [name, text, object] of ACCEPTED) {
    await t.step(name, () => {
      assertEquals(parseStrictJson(text), { object });
    });
  }
});

Deno.test("parseStrictJson() leaves prototypes alone", () => {
  const parsed = parseStrictJson('{"__proto__":{"polluted":true}}');
  assert("object" in parsed);
  assertEquals(Object.getPrototypeOf(parsed.object), Object.prototype);
  assertEquals(Object.hasOwn({}, "polluted"), false);
});

Deno.test("parseStrictJson() agrees with JSON.parse or refuses", () => {
  fc.assert(fc.property(fc.json({ maxDepth: 5 }), (text) => {
    const parsed = parseStrictJson(text);
    if ("object" in parsed) assertEquals(parsed.object, JSON.parse(text));
    else assert(parsed.problem === "notObject" || parsed.problem === "number");
  }));
});

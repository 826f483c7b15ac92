// deno-lint-ignore-file camelcase -- the wire's spelling
import { assert, assertEquals } from "@std/assert";
import { CANDIDATES_MAX, SDP_SIZE_MAX } from "../../../src/limits.ts";
import { parseJanusRequest } from "../../../src/janus/request.ts";

type Fields = Record<string, unknown>;

const inHandle = { transaction: "t", session_id: 11, handle_id: 22 };
const of = (fields: Fields) => JSON.stringify(fields);

const ACCEPTED: readonly [string, Fields, Fields][] = [
  ["create", { janus: "create", transaction: "abc" }, {
    verb: "create",
    transaction: "abc",
  }],
  ["create without the client's id", {
    janus: "create",
    transaction: "abc",
    id: 5,
    session_id: 5,
  }, { verb: "create", transaction: "abc" }],
  ["attach without loop_index and opaque_id", {
    janus: "attach",
    transaction: "t",
    session_id: 11,
    plugin: "janus.plugin.ustreamer",
    opaque_id: "x",
    loop_index: 3,
  }, { verb: "attach", sessionId: 11, plugin: "janus.plugin.ustreamer" }],
  ["message", { janus: "message", ...inHandle, body: { request: "watch" } }, {
    verb: "message",
    sessionId: 11,
    handleId: 22,
    body: { request: "watch" },
  }],
  ["message with a JSEP of known fields only", {
    janus: "message",
    ...inHandle,
    body: {},
    jsep: { type: "answer", sdp: "v=0", e2ee: true, rid_order: "hml" },
  }, { verb: "message", jsep: { type: "answer", sdp: "v=0" } }],
  ["trickle", {
    janus: "trickle",
    ...inHandle,
    candidate: { candidate: "candidate:1", sdpMid: "0", sdpMLineIndex: 0 },
  }, {
    verb: "trickle",
    candidates: [{ candidate: "candidate:1", sdpMid: "0", sdpMLineIndex: 0 }],
  }],
  ["trickle of several", {
    janus: "trickle",
    ...inHandle,
    candidates: [{ candidate: "a", sdpMid: null }, { completed: true }],
  }, { candidates: [{ candidate: "a" }, { completed: true }] }],
  ["trickle of the end, as null", {
    janus: "trickle",
    ...inHandle,
    candidate: null,
  }, { candidates: [{ completed: true }] }],
  ["trickle of the end, as an empty line", {
    janus: "trickle",
    ...inHandle,
    candidate: { candidate: "", sdpMid: "0" },
  }, { candidates: [{ completed: true }] }],
  ["keepalive", { janus: "keepalive", transaction: "t", session_id: 11 }, {
    verb: "keepalive",
    sessionId: 11,
  }],
  ["the secret", { janus: "ping", transaction: "t", apisecret: "s" }, {
    verb: "ping",
    apiSecret: "s",
  }],
  ["a token", { janus: "ping", transaction: "t", token: "a.b.c" }, {
    verb: "ping",
    token: "a.b.c",
  }],
  ["a token that is none", { janus: "ping", transaction: "t", token: 5 }, {
    verb: "ping",
    token: undefined,
  }],
];

Deno.test("parseJanusRequest() reads", async (t) => {
  for (const [name, fields, expected] of ACCEPTED) {
    await t.step(name, () => {
      const parsed: Fields = { ...parseJanusRequest(of(fields)) };
      for (const [field, value] of Object.entries(expected)) {
        assertEquals(parsed[field], value, field);
      }
    });
  }
});

const REFUSED: readonly [string, string, number][] = [
  ["no JSON", "{", 454],
  ["two messages in one", '{"janus":"ping"}{"janus":"destroy"}', 454],
  ["a batch", '[{"janus":"ping","transaction":"t"}]', 455],
  ["no verb", of({ transaction: "t" }), 456],
  ["a verb that is no string", of({ janus: 1, transaction: "t" }), 467],
  ["a verb in capitals", of({ janus: "CREATE", transaction: "t" }), 457],
  ["a verb with a space", of({ janus: "create ", transaction: "t" }), 457],
  ["claim", of({ janus: "claim", transaction: "t", session_id: 1 }), 453],
  ["__proto__", of({ janus: "__proto__", transaction: "t" }), 457],
  ["constructor", of({ janus: "constructor", transaction: "t" }), 457],
  ["an admin verb", of({ janus: "list_sessions", transaction: "t" }), 457],
  ["no transaction", of({ janus: "create" }), 456],
  [
    "a transaction of 65",
    of({
      janus: "create",
      transaction: "x".repeat(65),
    }),
    467,
  ],
  [
    "a transaction with NUL",
    of({
      janus: "create",
      transaction: "a\0",
    }),
    467,
  ],
  [
    "a transaction with a lone surrogate",
    '{"janus":"create","transaction":"\\ud800"}',
    467,
  ],
  ["a numeric transaction", of({ janus: "create", transaction: 1 }), 467],
  [
    "attach without a session",
    of({
      janus: "attach",
      transaction: "t",
      plugin: "p",
    }),
    457,
  ],
  [
    "attach without a plugin",
    of({
      janus: "attach",
      transaction: "t",
      session_id: 1,
    }),
    456,
  ],
  [
    "attach to a path",
    of({
      janus: "attach",
      transaction: "t",
      session_id: 1,
      plugin: "../x",
    }),
    467,
  ],
  ["a message without body", of({ janus: "message", ...inHandle }), 456],
  [
    "a message whose body is a list",
    of({
      janus: "message",
      ...inHandle,
      body: [],
    }),
    467,
  ],
  [
    "a message without handle",
    of({
      janus: "message",
      transaction: "t",
      session_id: 1,
      body: {},
    }),
    457,
  ],
  [
    "a JSEP of another type",
    of({
      janus: "message",
      ...inHandle,
      body: {},
      jsep: { type: "rollback", sdp: "" },
    }),
    464,
  ],
  [
    "an SDP too long",
    of({
      janus: "message",
      ...inHandle,
      body: {},
      jsep: { type: "offer", sdp: "x".repeat(SDP_SIZE_MAX + 1) },
    }),
    465,
  ],
  ["a trickle of nothing", of({ janus: "trickle", ...inHandle }), 456],
  [
    "too many candidates",
    of({
      janus: "trickle",
      ...inHandle,
      candidates: Array(CANDIDATES_MAX + 1).fill({ completed: true }),
    }),
    467,
  ],
  ...["1.0", "1e3", "-0", '"1"', "9007199254740993", "9223372036854775808"]
    .flatMap((id): [string, string, number][] => [
      [
        `session_id ${id}`,
        `{"janus":"keepalive","transaction":"t","session_id":${id}}`,
        467,
      ],
      [
        `handle_id ${id}`,
        `{"janus":"detach","transaction":"t","session_id":1,"handle_id":${id}}`,
        467,
      ],
    ]),
];

Deno.test("parseJanusRequest() refuses", async (t) => {
  for (const [name, text, code] of REFUSED) {
    await t.step(name, () => {
      const parsed = parseJanusRequest(text);
      assert(parsed.verb === "refused");
      assertEquals(parsed.code, code);
    });
  }
});

Deno.test("parseJanusRequest() echoes only what is safe to echo", () => {
  const refused = (transaction: unknown) => {
    const parsed = parseJanusRequest(of({ janus: "nope", transaction }));
    assert(parsed.verb === "refused");
    return parsed.transaction;
  };
  assertEquals(refused("abc"), "abc");
  assertEquals(refused("x".repeat(65)), undefined);
  assertEquals(refused({ a: 1 }), undefined);
  assertEquals(refused("a\u0000b"), undefined);
});

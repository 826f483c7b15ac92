/** Janus messages, on a socket with a session and a handle. */

import type { Ids, MessageRow } from "./rows.ts";

/** Fields of a message that names the client's own session and handle. */
const own = (fields: Record<string, unknown>) => ({ session, handle }: Ids) =>
  JSON.stringify({
    transaction: "t",
    "session_id": session,
    "handle_id": handle,
    ...fields,
  });
/** A verb that names only what it says. */
const bare = (fields: Record<string, unknown>) => () =>
  JSON.stringify({ transaction: "t", ...fields });
const verb = (janus: string) => own({ janus });
const body = (body: unknown) => own({ janus: "message", body });
/** Ids of somebody else. */
const foreign = (janus: string, more: object = {}) => ({ others }: Ids) =>
  JSON.stringify({
    janus,
    transaction: "t",
    "session_id": others.session,
    "handle_id": others.handle,
    ...more,
  });
/** A keepalive whose session is spelled so. */
const spelled = (spell: (id: number) => string) => ({ session }: Ids) =>
  `{"janus":"keepalive","transaction":"t","session_id":${spell(session)}}`;
/** A good keepalive, spoilt as a text. */
const text = (spoil: (good: string) => string) => (ids: Ids) =>
  spoil(own({ janus: "keepalive" })(ids));

const WATCH = { body: { request: "watch" } };

export const MESSAGES: readonly MessageRow[] = [
  ["claim", verb("claim"), "janus 453"],
  ["claim of another's session", foreign("claim"), "janus 458"],
  ["capitals", verb("KEEPALIVE"), "janus 453"],
  ["a capital", verb("Message"), "janus 453"],
  ["a verb with a space", verb("message "), "janus 453"],
  ["a verb with a NUL", verb("message\0"), "janus 453"],
  ["a verb in full width", verb("ｍessage"), "janus 453"],
  ["a Kelvin sign", verb("\u212aeepalive"), "janus 453"],
  ["an empty verb", verb(""), "janus 453"],
  ["no verb", own({}), "janus 456"],
  ["a number as the verb", own({ janus: 1 }), "janus 467"],
  ["a list as the verb", own({ janus: ["create"] }), "janus 467"],
  ["a prototype", verb("__proto__"), "janus 453"],
  ["a constructor", verb("constructor"), "janus 453"],
  [
    "an admin's verb",
    own({ janus: "list_sessions", "admin_secret": "janusoverlord" }),
    "janus 453",
  ],
  [
    "an admin's verb, no session",
    bare({ janus: "list_sessions", "admin_secret": "x" }),
    "janus 457",
  ],
  [
    "set_session_timeout",
    own({ janus: "set_session_timeout", timeout: 0 }),
    "janus 453",
  ],
  ["add_token", bare({ janus: "add_token", token: "x" }), "janus 457"],
  ["a second session", bare({ janus: "create" }), "janus 472"],
  ["a session of one's choice", bare({ janus: "create", id: 1 }), "janus 472"],
  [
    "another plugin",
    own({ janus: "attach", plugin: "janus.plugin.streaming" }),
    "janus 460",
  ],
  [
    "a plugin's path",
    own({ janus: "attach", plugin: "../../lib/evil.so" }),
    "janus 467",
  ],
  ["attach without a plugin", own({ janus: "attach" }), "janus 456"],
  ["keepalive for another", foreign("keepalive"), "janus 458"],
  ["destroy for another", foreign("destroy"), "janus 458"],
  [
    "attach for another",
    foreign("attach", { plugin: "janus.plugin.ustreamer" }),
    "janus 458",
  ],
  ["message for another", foreign("message", WATCH), "janus 458"],
  [
    "trickle for another",
    foreign("trickle", { candidate: { completed: true } }),
    "janus 458",
  ],
  ["hangup for another", foreign("hangup"), "janus 458"],
  ["detach for another", foreign("detach"), "janus 458"],
  [
    "the upstream's own id",
    ({ upstream }) =>
      JSON.stringify({
        janus: "destroy",
        transaction: "t",
        "session_id": upstream,
      }),
    "janus 458",
  ],
  [
    "another's handle",
    ({ session, others }) =>
      JSON.stringify({
        janus: "hangup",
        transaction: "t",
        "session_id": session,
        "handle_id": others.handle,
      }),
    "janus 459",
  ],
  [
    "no handle",
    ({ session }) =>
      JSON.stringify({
        janus: "hangup",
        transaction: "t",
        "session_id": session,
      }),
    "janus 457",
  ],
  ["no session", bare({ janus: "destroy" }), "janus 457"],
  ["an id of 1.0", spelled((id) => `${id}.0`), "janus 467"],
  ["an id of 1e0", spelled((id) => `${id}e0`), "janus 467"],
  ["an id as text", spelled((id) => `"${id}"`), "janus 467"],
  ["an id with a zero", spelled((id) => `0${id}`), "janus 467"],
  ["an id of -0", spelled(() => "-0"), "janus 467"],
  ["an id of 0", spelled(() => "0"), "janus 467"],
  ["an id of 2^53+1", spelled(() => "9007199254740993"), "janus 467"],
  ["an id of 2^64", spelled(() => "18446744073709551616"), "janus 467"],
  ["an id of 1e999", spelled(() => "1e999"), "janus 467"],
  ["an id of null", spelled(() => "null"), "janus 467"],
  ["an id in a list", spelled((id) => `[${id}]`), "janus 467"],
  ["two objects", text((good) => good + good), "janus 454"],
  [
    "a second object on a new line",
    text((good) => `${good}\n{"janus":"destroy"}`),
    "janus 454",
  ],
  ["a list of one", text((good) => `[${good}]`), "janus 455"],
  ["a byte order mark", text((good) => `\ufeff${good}`), "janus 454"],
  ["text behind it", text((good) => `${good} x`), "janus 454"],
  ["a comment", text((good) => `${good}//x`), "janus 454"],
  ["a comma too many", text((good) => good.replace("}", ",}")), "janus 454"],
  ["single quotes", text((good) => good.replaceAll('"', "'")), "janus 454"],
  ["half of it", text((good) => good.slice(0, 40)), "janus 454"],
  ["nothing", () => "", "janus 454"],
  ["null", () => "null", "janus 455"],
  ["a number", () => "1", "janus 455"],
  ["NaN", () => '{"janus":NaN}', "janus 454"],
  [
    "20 levels",
    text((good) =>
      good.replace("}", `,"x":${"[".repeat(20)}${"]".repeat(20)}}`)
    ),
    "janus 454",
  ],
  ["30 000 levels", () => "[".repeat(30_000), "janus 454"],
  [
    "the verb twice",
    text((good) => good.replace("}", ',"janus":"claim"}')),
    "janus 453",
  ],
  [
    "the session twice",
    ({ session, others }) =>
      `{"janus":"keepalive","transaction":"t","session_id":${session},"session_id":${others.session}}`,
    "janus 458",
  ],
  [
    "no transaction",
    ({ session }) => `{"janus":"keepalive","session_id":${session}}`,
    "janus 456",
  ],
  [
    "a transaction of 65 characters",
    own({ janus: "hangup", transaction: "x".repeat(65) }),
    "janus 467",
  ],
  [
    "a transaction with a line break",
    own({ janus: "hangup", transaction: "a\nb" }),
    "janus 467",
  ],
  [
    "a transaction as a number",
    own({ janus: "hangup", transaction: 1 }),
    "janus 467",
  ],
  [
    "a transaction as an object",
    own({ janus: "hangup", transaction: { toString: 1 } }),
    "janus 467",
  ],
  ["no body", own({ janus: "message" }), "janus 456"],
  ["a text as the body", body("watch"), "janus 467"],
  ["a list as the body", body([{ request: "watch" }]), "janus 467"],
  ["an empty body", body({}), "plugin 400"],
  ["status", body({ request: "status" }), "plugin 405"],
  ["a request in capitals", body({ request: "WATCH" }), "plugin 405"],
  [
    "an unknown request",
    body({ request: "configure", secret: "x" }),
    "plugin 405",
  ],
  ["a list as the request", body({ request: ["watch"] }), "plugin 400"],
  ["a prototype's request", body({ request: "__proto__" }), "plugin 405"],
  [
    "an orientation of 45",
    body({ request: "watch", params: { orientation: 45 } }),
    "plugin 400",
  ],
  [
    "an orientation as text",
    body({ request: "watch", params: { orientation: "90" } }),
    "plugin 400",
  ],
  ["an id as a number", body({ request: "watch", id: 1 }), "plugin 400"],
  ["an id with a NUL", body({ request: "watch", id: "front\0" }), "plugin 400"],
  [
    "an id of 65 characters",
    body({ request: "watch", id: "x".repeat(65) }),
    "plugin 400",
  ],
  [
    "both kinds of candidate",
    own({ janus: "trickle", candidate: { completed: true }, candidates: [] }),
    "janus 456",
  ],
  ["no candidate", own({ janus: "trickle" }), "janus 456"],
  [
    "51 candidates",
    own({ janus: "trickle", candidates: Array(51).fill({ completed: true }) }),
    "janus 467",
  ],
  [
    "a candidate as text",
    own({ janus: "trickle", candidate: "candidate:1" }),
    "janus 467",
  ],
  [
    "a candidate of 513 characters",
    own({ janus: "trickle", candidate: { candidate: "x".repeat(513) } }),
    "janus 467",
  ],
  [
    "a candidate's line of 16",
    own({ janus: "trickle", candidate: { candidate: "", sdpMLineIndex: 16 } }),
    "janus 467",
  ],
  [
    "an offer with start",
    own({
      janus: "message",
      body: { request: "start" },
      jsep: { type: "offer", sdp: "v=0" },
    }),
    "janus 469",
  ],
  [
    "an answer with watch",
    own({
      janus: "message",
      body: { request: "watch" },
      jsep: { type: "answer", sdp: "v=0" },
    }),
    "janus 469",
  ],
  [
    "a rollback",
    own({
      janus: "message",
      body: { request: "start" },
      jsep: { type: "rollback" },
    }),
    "janus 464",
  ],
  [
    "a JSEP as text",
    own({ janus: "message", body: { request: "start" }, jsep: "v=0" }),
    "janus 467",
  ],
];

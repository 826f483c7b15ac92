import { assert } from "@std/assert";
import fc from "fast-check";
import { USTREAMER_PLUGIN } from "../../../../src/janus/message.ts";
import { JanusServer, type Recorded } from "../../../support/janus_server.ts";
import { TestClient, TunnelServer, until } from "../../../support/tunnel.ts";

/** More by environment, for a night. */
const MESSAGES = Number(Deno.env.get("NALGATE_FUZZ_MESSAGES") ?? 10_000);
/** Below the burst that a socket may send at once. */
const PER_SOCKET = 150;
/** A failure names the seed that repeats it. */
const SEED = Number(
  Deno.env.get("NALGATE_FUZZ_SEED") ?? Math.floor(Math.random() * 2 ** 31),
);

const OWN_SECRET = "upstream-secret";
/** In everything that must not travel. */
const CANARY = "CLIENT-CANARY";

const ANSWER = await Deno.readTextFile(
  new URL("./sdp/chromium_answer.sdp", import.meta.url),
);

/** What may arrive upstream, by verb: exactly these fields. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  create: [],
  keepalive: [],
  destroy: [],
  attach: ["plugin"],
  message: ["handle_id", "body", "jsep"],
  trickle: ["handle_id", "candidate", "candidates"],
  hangup: ["handle_id"],
  detach: ["handle_id"],
};
const COMMON = ["janus", "transaction", "session_id", "apisecret"];
const REQUESTS = ["watch", "start", "stop", "features", "key_required"];

const verb = fc.oneof(
  { weight: 60, arbitrary: fc.constantFrom("message", "trickle") },
  { weight: 10, arbitrary: fc.constantFrom("attach", "hangup", "keepalive") },
  // Seldom: whatever follows them is refused, and tests little.
  { weight: 1, arbitrary: fc.constantFrom("destroy", "create", "detach") },
  {
    weight: 20,
    arbitrary: fc.constantFrom(
      "claim",
      "info",
      "ping",
      "DESTROY",
      "list_sessions",
      "set_session_timeout",
      "__proto__",
      "toString",
    ),
  },
);

const body = fc.oneof(
  fc.constantFrom(...REQUESTS.map((request) => ({ request }))),
  fc.record({
    request: fc.constantFrom(...REQUESTS, "status", "configure", "constructor"),
    id: fc.constantFrom<unknown>("front", CANARY, 5, null),
    params: fc.oneof(
      fc.record({ orientation: fc.constantFrom<unknown>(0, 90, 45, CANARY) }, {
        requiredKeys: [],
      }),
      fc.jsonValue(),
    ),
    secret: fc.constant(CANARY),
  }, { requiredKeys: [] }),
  fc.jsonValue(),
);

const sdp = fc.oneof(
  fc.constant(ANSWER),
  fc.constant(ANSWER.replace("m=video", "m=application")),
  fc.constant(`${ANSWER}a=x-${CANARY}:1\r\n`),
  fc.constant(ANSWER.replace("recvonly", "sendonly")),
  fc.string(),
);

const jsep = fc.oneof(
  fc.record({
    type: fc.constantFrom("answer", "offer", "rollback"),
    sdp,
    e2ee: fc.constant(true),
  }, { requiredKeys: ["type", "sdp"] }),
  fc.jsonValue(),
);

const candidate = fc.oneof(
  fc.constant({ completed: true }),
  fc.record({
    candidate: fc.constantFrom(
      "candidate:1 1 udp 1 192.0.2.1 9000 typ host",
      `candidate:1 1 udp 1 192.0.2.1 9000 typ host ${CANARY} 1`,
      "candidate:1 1 udp 1 127.0.0.1 9000 typ host",
      "candidate:1 1 udp 1 169.254.169.254 80 typ host",
      CANARY,
    ),
    sdpMid: fc.constantFrom("0", null),
    usernameFragment: fc.constant(CANARY),
  }, { requiredKeys: ["candidate"] }),
  fc.jsonValue(),
);

/** Symbols that become real ids once the sockets have theirs. */
const id = fc.oneof(
  { weight: 12, arbitrary: fc.constant("own") },
  { weight: 3, arbitrary: fc.constantFrom("other", "upstream", "random") },
);

/** Now and then something, mostly nothing. */
const seldom = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.option(arbitrary, { nil: undefined, freq: 8 });

const strange = seldom(fc.constant(CANARY));

const message = fc.record({
  janus: verb,
  transaction: fc.oneof(
    { weight: 20, arbitrary: fc.constant("t") },
    fc.jsonValue(),
  ),
  session_id: id,
  handle_id: id,
  plugin: fc.constantFrom(USTREAMER_PLUGIN, "janus.plugin.streaming"),
  body,
  jsep: fc.option(jsep, { nil: undefined, freq: 1 }),
  candidate: fc.option(candidate, { nil: undefined, freq: 4 }),
  candidates: seldom(fc.array(candidate, { maxLength: 4 })),
  apisecret: strange,
  token: strange,
  admin_secret: strange,
  opaque_id: strange,
  id: seldom(fc.constant(1)),
  loop_index: seldom(fc.constant(1)),
});

/** Breaks some of the texts, so that parsers have something to do. */
const mangle = fc.constantFrom<(text: string) => string>(
  ...Array<(text: string) => string>(12).fill((text) => text),
  (text) => text + text,
  (text) => `[${text}]`,
  (text) => text.slice(0, -1),
  (text) => text.replace(/"session_id":(\d+)/, '"session_id":$1.0'),
  (text) => text.replace(/"handle_id":(\d+)/, '"handle_id":"$1"'),
  (text) => text.replace("{", '{"janus":"claim",'),
  (text) => text.replace(/}$/, ',"session_id":4000000001}'),
);

Deno.test(`openTunnel() lets through only its own (seed ${SEED})`, async () => {
  await using janus = await JanusServer.start({ apiSecret: OWN_SECRET });
  await using server = await TunnelServer.start({
    url: janus.url,
    apiSecret: OWN_SECRET,
    id: "front",
  });
  await using other = await TestClient.connect(server.url);
  await other.open(USTREAMER_PLUGIN);
  const [otherSession] = janus.sessions.keys();
  let passed = 0;
  for (let sent = 0; sent < MESSAGES; sent += PER_SOCKET) {
    await using client = await TestClient.connect(server.url);
    await client.open(USTREAMER_PLUGIN);
    const checked = janus.received.length;
    const ids = (name: unknown, own: number, others: number) =>
      ({ own, other: others, upstream: otherSession, random: 123456789 })[
        String(name)
      ];
    const batch = fc.sample(fc.tuple(message, mangle), {
      numRuns: PER_SOCKET,
      seed: SEED + sent,
    });
    for (const [raw, change] of batch) {
      const real = {
        ...raw,
        "session_id": ids(raw.session_id, client.sessionId, other.sessionId),
        "handle_id": ids(raw.handle_id, client.handleId, other.handleId),
      };
      client.send(change(JSON.stringify(real)));
    }
    // Behind all the others: once it is answered, they have been looked at.
    client.send({ janus: "ping", transaction: "last" });
    await client.next((answer) =>
      answer.janus === "pong" && answer.transaction === "last"
    );
    // Not each time: it has a rate limit, too.
    if (sent % (10 * PER_SOCKET) === 0) {
      const last = await other.askPlugin({ request: "stop" });
      assert(last.janus === "event", "the other client is well");
    }
    passed += janus.received.length - checked;
    for (const text of janus.texts.slice(checked)) assertClean(text);
    for (const one of janus.received.slice(checked)) {
      assertOwn(one, otherSession);
    }
    assert(!JSON.stringify(client.messages).includes(OWN_SECRET));
    janus.received.length = 0;
    janus.texts.length = 0;
  }
  assert(passed > MESSAGES / 20, `only ${passed} got as far as the upstream`);
  // The last socket's session is on its way out; only the other's stays.
  await until(() => janus.sessions.size === 1);
  assert(janus.sessions.has(otherSession ?? 0));
});

function assertClean(text: string): void {
  assert(!text.includes(CANARY), "a client's secret or extra field");
  assert(!text.includes("m=application"), "a data channel");
  assert(!text.includes("a=sendonly"), "an SDP that sends");
  assert(!/127\.0\.0\.1 9000|169\.254/.test(text), "a forbidden address");
}

/** The one message that the other client itself sends is a `stop`. */
function assertOwn(one: Recorded, otherSession: number | undefined): void {
  const allowed = FIELDS[one.janus];
  assert(Object.hasOwn(FIELDS, one.janus) && allowed, `verb ${one.janus}`);
  for (const field of Object.keys(one)) {
    assert(COMMON.includes(field) || allowed.includes(field), field);
  }
  assert(one.apisecret === OWN_SECRET);
  assert(/^(?:c?\d+|destroy|keepalive)$/.test(one.transaction));
  if (one.session_id === otherSession) {
    assert(one.janus === "keepalive" || one.body?.request === "stop");
  }
  if (one.janus === "attach") assert(one.plugin === USTREAMER_PLUGIN);
  if (one.janus === "message") {
    assert([...REQUESTS, "status"].includes(one.body.request));
    if (one.body.request === "watch") assert(one.body.id === "front");
  }
}

import { assertEquals } from "@std/assert";
import { withIceServers } from "../../../../src/gateway/tunnel/features.ts";

const STUN = { urls: "stun:ours" };
const TURN = { urls: "turn:ours", username: "u", credential: "c" };

function reply(data: unknown) {
  return {
    janus: "event",
    sender: 7,
    plugindata: { plugin: "janus.plugin.ustreamer", data },
  };
}

function features(ice: unknown, rest: object = { audio: true, mic: false }) {
  return reply({
    ustreamer: "event",
    result: { status: "features", features: { ...rest, ice } },
  });
}

const CASES: readonly {
  readonly name: string;
  readonly from: ReturnType<typeof reply>;
  readonly servers: readonly { readonly urls: string }[];
  readonly to: ReturnType<typeof reply>;
}[] = [
  {
    name: "none of ours: as it was",
    from: features({ url: "stun:theirs", servers: ["x"] }),
    servers: [],
    to: features({ url: "stun:theirs", servers: ["x"] }),
  },
  {
    name: "a STUN server of ours",
    from: features({ url: "stun:theirs", more: 1 }),
    servers: [TURN, STUN],
    to: features({ url: "stun:ours", more: 1, servers: [TURN, STUN] }),
  },
  {
    name: "a TURN server only: pages that know no TURN keep their STUN",
    from: features({ url: "stun:theirs" }),
    servers: [TURN],
    to: features({ url: "stun:theirs", servers: [TURN] }),
  },
  {
    name: "an upstream without ICE",
    from: features(undefined),
    servers: [TURN],
    to: features({ url: "", servers: [TURN] }),
  },
  {
    name: "an older plugin that does not know the question",
    from: reply({ ustreamer: "event", error_code: 405, error: "No" }),
    servers: [STUN],
    to: features({ url: "stun:ours", servers: [STUN] }, {
      audio: false,
      mic: false,
    }),
  },
  ...[
    { ustreamer: "event", error_code: 503, error: "No" },
    { ustreamer: "event", result: { status: "features" } },
    [],
    null,
    "features",
  ].map((data) => ({
    name: `something else: ${JSON.stringify(data)}`,
    from: reply(data),
    servers: [STUN],
    to: reply(data),
  })),
];

Deno.test("withIceServers() adds ours to the plugin's answer", async (t) => {
  for (const { name, from, servers, to } of CASES) {
    await t.step(name, () => assertEquals(withIceServers(from, servers), to));
  }
  await t.step("an ack", () => {
    const ack = { janus: "ack" };
    assertEquals(withIceServers(ack, [STUN]), ack);
  });
});

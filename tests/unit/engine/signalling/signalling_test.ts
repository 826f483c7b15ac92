import { assert, assertEquals } from "@std/assert";
// @ts-types="@types/ws"
import { WebSocket } from "ws";
import type { ToMedia } from "../../../../src/engine/channel/messages.ts";
import { Signalling } from "../../../../src/engine/signalling/signalling.ts";
import type { JanusResponse } from "../../../../src/janus/message.ts";
import { until } from "../../../support/viewer.ts";

const SECRET = "open sesame";

/** The real server; what goes to the media half is kept. */
class Scene implements AsyncDisposable {
  readonly toMedia: ToMedia[] = [];
  nowMs = 0;
  readonly signalling = new Signalling({
    kind: "start",
    port: 0,
    apiSecret: SECRET,
    iceUrl: "",
    post: (message) => this.toMedia.push(message),
    nowMs: () => this.nowMs,
  });
  #port = 0;

  static async start(): Promise<Scene> {
    const scene = new Scene();
    scene.#port = await scene.signalling.listen();
    return scene;
  }

  connect(protocol = "janus-protocol"): Promise<Client> {
    return Client.connect(`ws://127.0.0.1:${this.#port}/`, protocol);
  }

  /** What media was told of a kind. */
  told<K extends ToMedia["kind"]>(kind: K) {
    return this.toMedia.filter((one): one is Extract<ToMedia, { kind: K }> =>
      one.kind === kind
    );
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.signalling[Symbol.asyncDispose]();
  }
}

/** A client that says anything. */
class Client {
  readonly heard: JanusResponse[] = [];
  closeCode: number | undefined;

  private constructor(readonly socket: WebSocket) {
    socket.on("message", (data) => this.heard.push(JSON.parse(String(data))));
    socket.on("close", (code) => this.closeCode = code);
  }

  static async connect(url: string, protocol: string): Promise<Client> {
    const socket = new WebSocket(url, protocol === "" ? [] : protocol);
    const client = new Client(socket);
    await new Promise((resolve) => {
      socket.once("open", resolve);
      socket.once("error", resolve);
    });
    return client;
  }

  send(text: string): void {
    this.socket.send(text);
  }

  /** Sends a request with the secret; gives what came in answer to it. */
  async ask(fields: Record<string, unknown>): Promise<JanusResponse> {
    const transaction = crypto.randomUUID();
    this.send(JSON.stringify({ transaction, apisecret: SECRET, ...fields }));
    const find = () =>
      this.heard.find((one) =>
        one.transaction === (fields.transaction ?? transaction)
      );
    await until(() => find() !== undefined, () => "no answer");
    return find()!;
  }

  /** A session and a handle. */
  async attach(): Promise<{ session: number; handle: number }> {
    const created = await this.ask({ janus: "create" });
    const session = created.data!.id!;
    const attached = await this.ask({
      janus: "attach",
      session_id: session,
      plugin: "janus.plugin.ustreamer",
    });
    return { session, handle: attached.data!.id! };
  }

  async closed(): Promise<number> {
    await until(() => this.closeCode !== undefined, () => "still open");
    return this.closeCode!;
  }
}

Deno.test("the core's answers", async (t) => {
  await using scene = await Scene.start();
  const client = await scene.connect();
  const { session, handle } = await client.attach();
  const of = { "session_id": session };
  const at = { ...of, "handle_id": handle };
  const cases: readonly {
    readonly name: string;
    readonly fields: Record<string, unknown>;
    readonly error: number;
  }[] = [
    {
      name: "no secret",
      fields: { janus: "create", apisecret: undefined },
      error: 403,
    },
    {
      name: "a wrong one",
      fields: { janus: "create", apisecret: "guess" },
      error: 403,
    },
    {
      name: "a longer one",
      fields: { janus: "info", apisecret: `${SECRET}!` },
      error: 403,
    },
    { name: "no verb", fields: {}, error: 456 },
    { name: "a verb in capitals", fields: { janus: "CREATE" }, error: 457 },
    {
      name: "an unknown verb in a session",
      fields: { janus: "dance", ...of },
      error: 453,
    },
    {
      name: "an unknown session",
      fields: { janus: "keepalive", session_id: 1 },
      error: 458,
    },
    {
      name: "an unknown handle",
      fields: { janus: "detach", ...of, handle_id: 1 },
      error: 459,
    },
    {
      name: "an unknown plugin",
      fields: { janus: "attach", ...of, plugin: "janus.plugin.echotest" },
      error: 460,
    },
    {
      name: "a message without body",
      fields: { janus: "message", ...at },
      error: 456,
    },
    {
      name: "a body that is none",
      fields: { janus: "message", ...at, body: 1 },
      error: 467,
    },
    {
      name: "a JSEP of another type",
      fields: {
        janus: "message",
        ...at,
        body: {},
        jsep: { type: "pranswer", sdp: "" },
      },
      error: 464,
    },
    {
      name: "a trickle of nothing",
      fields: { janus: "trickle", ...at },
      error: 456,
    },
  ];
  for (const { name, fields, error } of cases) {
    await t.step(name, async () => {
      const answer = await client.ask(fields);
      assertEquals([answer.janus, answer.error?.code], ["error", error]);
    });
  }

  await t.step("no JSON", async () => {
    client.send("{");
    await until(() => client.heard.at(-1)?.error?.code === 403, () => "silent");
  });

  await t.step("ping needs no secret", async () => {
    const answer = await client.ask({ janus: "ping", apisecret: undefined });
    assertEquals(answer.janus, "pong");
  });

  await t.step("info", async () => {
    const answer = await client.ask({ janus: "info" });
    assertEquals([answer.janus, answer.name], [
      "server_info",
      "nalgate engine",
    ]);
  });

  await t.step("keepalive", async () => {
    assertEquals(
      (await client.ask({ janus: "keepalive", ...of })).janus,
      "ack",
    );
  });

  await t.step("a session is its socket's alone", async () => {
    const thief = await scene.connect();
    const answer = await thief.ask({ janus: "destroy", ...of });
    assertEquals(answer.error?.code, 458);
    assertEquals(
      (await client.ask({ janus: "keepalive", ...of })).janus,
      "ack",
    );
    thief.socket.terminate();
  });

  await t.step("too many handles", async () => {
    const { session } = await client.attach();
    const attach = () =>
      client.ask({
        janus: "attach",
        session_id: session,
        plugin: "janus.plugin.ustreamer",
      });
    for (let count = 1; count < 64; count++) {
      assertEquals((await attach()).janus, "success");
    }
    assertEquals((await attach()).error?.code, 461);
  });

  await t.step("destroy ends the media of all its handles", async () => {
    const { session, handle } = await client.attach();
    const answer = await client.ask({ janus: "destroy", session_id: session });
    assertEquals(answer.janus, "success");
    await until(
      () => scene.told("close").some((one) => one.handle === handle),
      () => "media was told nothing",
    );
  });

  client.socket.terminate();
});

Deno.test("sockets", async (t) => {
  await using scene = await Scene.start();

  await t.step("speak janus-protocol or nothing", async () => {
    for (const protocol of ["", "janus-admin-protocol"]) {
      const client = await scene.connect(protocol);
      assert([1006, 1008].includes(await client.closed()));
    }
  });

  await t.step("are closed for a binary frame", async () => {
    const client = await scene.connect();
    client.socket.send(Uint8Array.of(1, 2, 3));
    assertEquals(await client.closed(), 1003);
  });

  await t.step("are closed for a message that is too large", async () => {
    const client = await scene.connect();
    client.send("x".repeat(64 * 1024 + 1));
    assertEquals(await client.closed(), 1009);
  });

  await t.step("take their sessions along", async () => {
    const client = await scene.connect();
    const handles = [
      (await client.attach()).handle,
      (await client.attach()).handle,
    ];
    client.socket.terminate();
    await until(
      () =>
        handles.every((handle) =>
          scene.told("close").some((one) => one.handle === handle)
        ),
      () => "their media goes on",
    );
  });
});

Deno.test("a session without a sign of life ends", async () => {
  await using scene = await Scene.start();
  const client = await scene.connect();
  const idle = await client.attach();
  const alive = await client.attach();
  scene.nowMs = 59_000;
  const keepalive = { janus: "keepalive", "session_id": alive.session };
  assertEquals((await client.ask(keepalive)).janus, "ack");
  scene.nowMs = 61_000;
  await until(
    () => client.heard.some(({ janus }) => janus === "timeout"),
    () => "nothing ended",
  );
  const timeouts = client.heard.filter(({ janus }) => janus === "timeout");
  assertEquals(timeouts.map((one) => one.session_id), [idle.session]);
  assertEquals(scene.told("close").map((one) => one.handle), [idle.handle]);
  assertEquals((await client.ask(keepalive)).janus, "ack");
  client.socket.terminate();
});

Deno.test("what media says of an earlier watch is not told", async () => {
  await using scene = await Scene.start();
  const client = await scene.connect();
  const { session, handle } = await client.attach();
  const watch = () =>
    client.ask({
      janus: "message",
      session_id: session,
      handle_id: handle,
      body: { request: "watch" },
    });
  await watch();
  await watch();
  const [first, second] = scene.told("watch").map(({ request }) => request);
  const events = () =>
    client.heard.filter(({ sender }) => sender === handle)
      .map(({ janus }) => janus);
  const { signalling } = scene;
  const say = (watch: number) => {
    const jsep = { type: "offer", sdp: "" } as const;
    signalling.receive({ kind: "described", handle, watch, jsep });
    signalling.receive({
      kind: "candidate",
      handle,
      watch,
      candidate: undefined,
      mid: "video",
    });
    signalling.receive({ kind: "up", handle, watch });
    signalling.receive({ kind: "hangup", handle, watch, reason: "ICE failed" });
  };
  say(first!);
  say(second!);
  // It has ended: nothing more of it, either.
  say(second!);
  await until(() => events().length >= 4, () => "silent");
  await client.ask({ janus: "ping" });
  assertEquals(events(), ["event", "trickle", "webrtcup", "hangup"]);
  client.socket.terminate();
});

Deno.test("a port that is taken", async () => {
  await using scene = await Scene.start();
  const client = await scene.connect();
  const { port } = new URL(client.socket.url);
  const second = new Signalling({
    kind: "start",
    port: Number(port),
    apiSecret: SECRET,
    iceUrl: "",
    post: () => {},
    nowMs: () => 0,
  });
  const error = await second.listen().then(
    () => undefined,
    (error: { code?: string }) => error,
  );
  assertEquals(error?.code, "EADDRINUSE");
  await second[Symbol.asyncDispose]();
  client.socket.terminate();
});

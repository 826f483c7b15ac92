import { assertEquals } from "@std/assert";
import type { EndCause } from "../../../src/web/end_cause.ts";
import { JanusHandle, type PluginData } from "../../../src/web/janus_handle.ts";

interface Message {
  readonly [field: string]: unknown;
}

type Reply = (message: Message) => Message | Message[] | undefined;

/** What a handle reported, in order. */
type Report =
  | { readonly attached: true }
  | { readonly request: string; readonly data: PluginData }
  | { readonly candidate: RTCIceCandidateInit | undefined }
  | { readonly ended: EndCause };

/** A handle against a real WebSocket server that answers as told. */
class Conversation implements AsyncDisposable {
  readonly sent: Message[] = [];
  readonly reports: Report[] = [];
  readonly handle: JanusHandle;
  socket: WebSocket | undefined;
  protocol: string | null = null;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #closed = Promise.withResolvers<void>();
  /** The client's socket is gone. */
  readonly closed = this.#closed.promise;
  #wake: () => void = () => {};

  constructor(reply: Reply) {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => this.#upgrade(request, reply),
    );
    const report = (entry: Report) => {
      this.reports.push(entry);
      this.#wake();
    };
    this.handle = new JanusHandle(
      `ws://127.0.0.1:${this.#server.addr.port}/janus`,
      {
        attached: () => report({ attached: true }),
        event: (request, data) => report({ request, data }),
        candidate: (candidate) => report({ candidate }),
        ended: (ended) => report({ ended }),
      },
    );
  }

  /** Waits for a number of reports; a test that waits in vain times out. */
  async reported(count: number): Promise<Report[]> {
    while (this.reports.length < count) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    return this.reports;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.handle.close();
    this.socket?.close();
    await this.closed;
    await this.#server.shutdown();
  }

  #upgrade(request: Request, reply: Reply): Response {
    this.protocol = request.headers.get("sec-websocket-protocol");
    const { socket, response } = Deno.upgradeWebSocket(request, {
      protocol: "janus-protocol",
    });
    this.socket = socket;
    socket.onclose = () => this.#closed.resolve();
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      this.sent.push(message);
      for (const answer of [reply(message) ?? []].flat()) {
        socket.send(JSON.stringify(answer));
      }
    };
    return response;
  }
}

/** Answers `create` and `attach`, and else what it is told. */
function janus(rest: Reply = () => undefined): Reply {
  return (message) => {
    const { transaction } = message;
    if (message.janus === "create") {
      return { janus: "success", transaction, data: { id: 11 } };
    }
    if (message.janus === "attach") {
      return { janus: "success", transaction, data: { id: 22 } };
    }
    return rest(message);
  };
}

Deno.test("JanusHandle creates a session and attaches to the plugin", async () => {
  await using talk = new Conversation(janus());
  await talk.reported(1);
  assertEquals(talk.reports, [{ attached: true }]);
  assertEquals(talk.protocol, "janus-protocol");
  assertEquals(talk.sent, [
    { janus: "create", transaction: "create-1" },
    {
      janus: "attach",
      transaction: "attach-2",
      ["session_id"]: 11,
      plugin: "janus.plugin.ustreamer",
    },
  ]);
});

Deno.test("JanusHandle names the request that an event answers", async () => {
  const data = { ["error_code"]: 503, error: "Not yet", reason: "no_signal" };
  await using talk = new Conversation(
    janus(({ janus, transaction }) =>
      janus === "message"
        ? [
          { janus: "ack", transaction },
          { janus: "event", transaction, plugindata: { data } },
        ]
        : undefined
    ),
  );
  await talk.reported(1);
  talk.handle.message({ request: "watch" });
  const reports = await talk.reported(2);
  assertEquals(reports[1], { request: "watch", data });
  assertEquals(talk.sent.at(-1), {
    janus: "message",
    transaction: "watch-3",
    ["session_id"]: 11,
    ["handle_id"]: 22,
    body: { request: "watch" },
  });
});

Deno.test("JanusHandle passes candidates and their end on", async () => {
  const candidate = { candidate: "candidate:1", sdpMid: "0" };
  await using talk = new Conversation(janus(() => [
    { janus: "trickle", candidate },
    { janus: "trickle", candidate: { completed: true } },
  ]));
  await talk.reported(1);
  talk.handle.trickle(undefined);
  const reports = await talk.reported(3);
  assertEquals(reports.slice(1), [{ candidate }, { candidate: undefined }]);
  assertEquals(talk.sent.at(-1)?.candidate, { completed: true });
});

Deno.test("JanusHandle.ended() says why, once", async (t) => {
  const cases: readonly {
    readonly name: string;
    readonly answer: Message;
    readonly expected: EndCause;
  }[] = [
    {
      name: "hangup",
      answer: { janus: "hangup", reason: "ICE failed" },
      expected: { kind: "hangup", reason: "ICE failed" },
    },
    {
      name: "session timeout",
      answer: { janus: "timeout" },
      expected: { kind: "hangup", reason: "" },
    },
    {
      name: "error",
      answer: {
        janus: "error",
        transaction: "watch-3",
        error: { code: 458, reason: "No such session" },
      },
      expected: { kind: "refused", code: 458, text: "No such session" },
    },
  ];
  for (const { name, answer, expected } of cases) {
    await t.step(name, async () => {
      await using talk = new Conversation(janus(() => [answer, answer]));
      await talk.reported(1);
      talk.handle.message({ request: "watch" });
      const reports = await talk.reported(2);
      talk.socket?.close(1000);
      assertEquals(reports.slice(1), [{ ended: expected }]);
    });
  }
});

Deno.test("JanusHandle.ended() has the close code and its reason", async () => {
  await using talk = new Conversation(janus());
  await talk.reported(1);
  talk.socket?.close(4403, "Your right has ended.");
  const [, end] = await talk.reported(2);
  assertEquals(end, {
    ended: {
      kind: "closed",
      code: 4403,
      reason: "Your right has ended.",
      wasOpen: true,
    },
  });
});

Deno.test("JanusHandle.ended() prefers the close that follows a hangup", async () => {
  await using talk = new Conversation(janus());
  await talk.reported(1);
  talk.socket?.send('{"janus":"hangup","reason":"Your session has ended."}');
  talk.socket?.close(4401, "Your session has ended.");
  const [, end] = await talk.reported(2);
  assertEquals(end, {
    ended: {
      kind: "closed",
      code: 4401,
      reason: "Your session has ended.",
      wasOpen: true,
    },
  });
});

Deno.test("JanusHandle takes no harm from what is not Janus", async () => {
  await using talk = new Conversation(janus());
  await talk.reported(1);
  for (const text of ["", "{", "null", "[]", "7", '{"janus":7}']) {
    talk.socket?.send(text);
  }
  talk.socket?.send('{"janus":"error","transaction":"trickle-9"}');
  talk.socket?.send('{"janus":"event"}');
  const reports = await talk.reported(2);
  assertEquals(reports[1], { request: "", data: {} });
});

Deno.test("JanusHandle.close() destroys the session and is silent", async () => {
  await using talk = new Conversation(janus());
  await talk.reported(1);
  talk.handle.close();
  await talk.closed;
  assertEquals(talk.sent.at(-1), {
    janus: "destroy",
    transaction: "destroy-3",
    ["session_id"]: 11,
  });
  assertEquals(talk.reports.length, 1);
});

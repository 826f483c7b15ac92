/**
 * A nalgate as it is really run, in front of an upstream that records, and
 * everything that came out of it.
 *
 * @module
 */

import { deadline } from "@std/async/deadline";
import { argon2id } from "hash-wasm";
import { Tokens } from "../../../src/gateway/auth/token.ts";
import { USTREAMER_PLUGIN } from "../../../src/janus/message.ts";
import { addUser, view } from "../../support/gateway.ts";
import { JanusServer, type Recorded } from "../../support/janus_server.ts";
import { startNalgate, Workplace } from "../../support/nalgate.ts";
import {
  argumentsOf,
  childrenOf,
  environmentOf,
  type TestProcess,
} from "../../support/process.ts";
import { rawHttp } from "../../support/raw_http.ts";
import { rawWebSocket } from "../../support/raw_websocket.ts";
import { TestClient, until } from "../../support/tunnel.ts";
import { breach } from "../../support/upstream_rules.ts";
import { forger, tokenKey } from "./forge.ts";
import {
  type FrameRow,
  handshake,
  type HttpRow,
  type Loot,
  type MessageRow,
} from "./rows.ts";

const PATIENCE_MS = 20_000;

/** Nobody may ever see them. */
const API_SECRET = "CANARY-api-secret-0123456789";
const PASSWORD = "CANARY password 0123456789";
const FILES = {
  api: API_SECRET,
  proxy: "CANARY-proxy-secret-0123456789",
  turn: "CANARY-turn-secret-0123456789",
  oidc: "CANARY-client-secret-0123456789",
  hub: "CANARY-hub-token-0123456789",
} as const;

const CONFIG = (url: string) => `
listen: 127.0.0.1:0
log: { level: debug }
cameras:
  front: { upstream: lab, id: front }
  back: { upstream: lab, id: back }
upstreams:
  lab: { janus: { url: "${url}", api_secret_file: api } }
# All doors that there are, none of them for these visitors.
devices:
  garage: { url: "http://127.0.0.1:9/", token_file: hub }
ice_servers: [{ url: "turn:127.0.0.1:9", secret_file: turn }]
roles: { operator: { admin: ["**"] } }
identity_providers:
  home:
    issuer: http://127.0.0.1:9
    audience: cameras
    client_id: nalgate
    client_secret_file: oidc
    roles: [{ claim: groups, value: all, role: operator }]
proxy_auth:
  peers: [192.0.2.80]
  secret_file: proxy
  roles: [{ group: "*", role: operator }]
`;

/** What makes {@linkcode Scene}. */
interface SceneParts {
  readonly janus: JanusServer;
  readonly serve: TestProcess;
  readonly url: string;
  readonly gateway: number;
  readonly loot: Loot;
  readonly secrets: Readonly<Record<string, string>>;
  readonly other: TestClient;
}

/** A running nalgate under attack. */
export class Scene implements AsyncDisposable {
  readonly #parts: SceneParts;
  readonly #around: AsyncDisposableStack;
  /** Whatever strangers were told. */
  readonly seen: string[] = [];

  static async start(): Promise<Scene> {
    await using around = new AsyncDisposableStack();
    const place = around.use(await Workplace.create());
    const janus = around.use(
      await JanusServer.start({ apiSecret: API_SECRET }),
    );
    const stateDir = `${place.folder}/state`;
    const { token, user } = await populate(stateDir);
    for (const [name, secret] of Object.entries(FILES)) {
      await Deno.writeTextFile(`${place.folder}/${name}`, secret);
    }
    const file = await place.configure(CONFIG(janus.url));
    const serve = around.use(startNalgate("serve", "--config", file));
    const [, url = ""] = await serve.output("stdout", /is at (\S+)\n/);
    await until(() => janus.connectionCount === 1);
    const [gateway = 0] = await childrenOf(serve.pid);
    const origin = url.slice(0, -1);
    const cookie = await signIn(origin);
    const key = await tokenKey(stateDir);
    const headers = { cookie, origin };
    const other = around.use(await viewer(url, headers));
    const loot = { origin, cookie, token, forge: forger(key, user) };
    const secrets = {
      ...FILES,
      password: PASSWORD,
      cookie: cookie.split("=")[1] ?? "",
      token: token.split(".")[2] ?? "",
      "token key": key.jwk.d,
    };
    const parts = { janus, serve, url, gateway, loot, secrets, other };
    return new Scene(parts, around.move());
  }

  private constructor(parts: SceneParts, around: AsyncDisposableStack) {
    this.#parts = parts;
    this.#around = around;
  }

  /** The gateway's process. */
  get gateway(): number {
    return this.#parts.gateway;
  }

  /** The gateway's process as it is now. */
  async pid(): Promise<number | undefined> {
    const [pid] = await childrenOf(this.#parts.serve.pid);
    return pid;
  }

  /** Sends a request; says what came of it. */
  async http([, request]: HttpRow): Promise<string> {
    const text = await request(this.#parts.loot);
    const answer = await rawHttp(this.#port, text, { patienceMs: PATIENCE_MS });
    this.seen.push(answer.text);
    const code = /"error":"(\w+)"/.exec(answer.text)?.[1];
    const isOne = (answer.text.match(/^HTTP\/1\.1 /gm)?.length ?? 0) < 2;
    return [
      answer.status,
      ...code === undefined ? [] : [code],
      ...isOne ? [] : ["and more"],
      ...answer.isClosed ? [] : ["and open"],
    ].join(" ");
  }

  /** Sends a message; says what came of it. */
  async message([, text]: MessageRow): Promise<string> {
    const { janus, other } = this.#parts;
    await using client = await this.viewer();
    const [upstream = 0] = janus.sessions.keys();
    const before = client.messages.length;
    client.send(text({
      session: client.sessionId,
      handle: client.handleId,
      others: { session: other.sessionId, handle: other.handleId },
      upstream,
    }));
    const answers = () => client.messages.slice(before);
    const isLast = (message: Recorded) =>
      answers().includes(message) && !isAckOf(message, text);
    const outcome = await deadline(
      Promise.race([client.next(isLast).then(spoken), client.closed]),
      PATIENCE_MS,
    );
    this.seen.push(...answers().map((answer) => JSON.stringify(answer)));
    return typeof outcome === "string" ? outcome : `close ${outcome.code}`;
  }

  /** Sends bytes on a WebSocket; says what came of it. */
  async frames([, frames]: FrameRow): Promise<string> {
    const { cookie, origin } = this.#parts.loot;
    const lines = [`Cookie: ${cookie}`, `Origin: ${origin}`];
    const received = await rawWebSocket(
      this.#port,
      handshake({ lines }),
      frames,
    );
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    this.seen.push(...received.map(({ payload }) => text(payload)));
    const end = received.find(({ opcode }) => opcode === 8)?.payload;
    const [high = 0, low = 0] = end ?? [];
    return end === undefined ? "cut" : `close ${high << 8 | low}`;
  }

  /** One more viewer of the camera, attached. */
  viewer(): Promise<TestClient> {
    const { url, loot: { cookie, origin } } = this.#parts;
    return viewer(url, { cookie, origin });
  }

  /** Somebody signs in and watches, as ever. */
  async serves(): Promise<boolean> {
    const { url, loot: { origin } } = this.#parts;
    const cookie = await signIn(origin);
    await using client = await viewer(url, { cookie, origin });
    const event = await client.askPlugin({ request: "watch" });
    const { result } = event.plugindata.data;
    return result.status === "started" && event.jsep.type === "offer";
  }

  /** What reached the upstream and should not have. */
  leaked(): string[] {
    const rules = {
      apiSecret: API_SECRET,
      cameras: ["front"],
      plugin: USTREAMER_PLUGIN,
    };
    const { received, texts } = this.#parts.janus;
    // The gateway asks once which Janus it is, before anybody else can.
    const ownInfo = received.findIndex(({ janus }) => janus === "info");
    return received.map((message, index) => {
      const { janus, body } = message;
      const found = breach(message, texts[index] ?? "", rules);
      const isRoutine = /^(?:create|attach|destroy|keepalive)$/.test(janus) ||
        body?.request === "status" || index === ownInfo;
      return found ?? (isRoutine ? "" : `forwarded: ${texts[index]}`);
    }).filter((found) => found !== "");
  }

  /** Where a secret was seen, if anywhere. */
  async told(): Promise<string[]> {
    const { serve, secrets } = this.#parts;
    const outside: string[] = [];
    for (const pid of [serve.pid, ...await childrenOf(serve.pid)]) {
      outside.push(...await argumentsOf(pid), ...await environmentOf(pid));
    }
    const places = {
      "standard output": [serve.stdout],
      "standard error": [serve.stderr],
      "arguments and environment": outside,
      "an answer": this.seen,
    };
    return Object.entries(places).flatMap(([place, texts]) =>
      Object.entries(secrets)
        .filter(([, secret]) => texts.some((text) => text.includes(secret)))
        .map(([name]) => `${name} in ${place}`)
    );
  }

  /** Mistakes of ours, and whatever else ended badly. */
  complaints(): string[] {
    return this.#parts.serve.stderr.split("\n").filter((line) =>
      /"event":"(?:bug|process ended)"|"reason":"internal"|panicked|Uncaught/
        .test(line)
    );
  }

  get #port(): number {
    return Number(new URL(this.#parts.url).port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#around[Symbol.asyncDispose]();
  }
}

/** A user who may see one camera, and a token of theirs. */
async function populate(stateDir: string) {
  await Deno.mkdir(stateDir);
  const password = await argon2id({
    password: PASSWORD,
    salt: new Uint8Array(16),
    memorySize: 19_456,
    iterations: 2,
    parallelism: 1,
    hashLength: 32,
    outputType: "encoded",
  });
  const grants = view("front");
  const user = await addUser(stateDir, { name: "ann", password, grants });
  const tokens = await Tokens.open({ stateDir, now: Date.now });
  const issued = { user, scope: grants, ageMaxMs: 3_600_000 };
  return { user: user.id, token: (await tokens.issue(issued)).token };
}

async function signIn(origin: string): Promise<string> {
  const response = await fetch(`${origin}/api/login`, {
    method: "POST",
    headers: { origin, "content-type": "application/json" },
    body: JSON.stringify({ user: "ann", password: PASSWORD }),
  });
  await response.body?.cancel();
  return response.headers.get("set-cookie")?.split(";")[0] ?? "";
}

async function viewer(
  url: string,
  headers: { cookie: string; origin: string },
): Promise<TestClient> {
  const client = await TestClient.connect(
    `${url.replace("http", "ws")}cameras/front/janus`,
    { headers },
  );
  return await client.open(USTREAMER_PLUGIN);
}

/** The plugin's answer comes behind the `ack`; a candidate gets no more. */
function isAckOf({ janus }: Recorded, text: MessageRow[1]): boolean {
  return janus === "ack" && text(NO_IDS).includes('"body"');
}

const NO_IDS = {
  session: 1,
  handle: 1,
  others: { session: 1, handle: 1 },
  upstream: 1,
};

function spoken({ janus, error, plugindata }: Recorded): string {
  if (error !== undefined) return `janus ${error.code}`;
  const code = plugindata?.data.error_code;
  return code === undefined ? janus : `plugin ${code}`;
}

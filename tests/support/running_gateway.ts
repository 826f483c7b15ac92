/**
 * A whole gateway on a free port of loopback, in front of a Janus API
 * endpoint, with users whose passwords are cheap to verify.
 *
 * @module
 */

import type { CameraConfig, Config, Name } from "../../src/config/config.ts";
import { defaultConfig } from "../../src/config/parse.ts";
import type { GatewayHandover } from "../../src/config/handover.ts";
import type { Grant } from "../../src/config/grant.ts";
import { Tokens } from "../../src/gateway/auth/token.ts";
import { Users } from "../../src/gateway/auth/users.ts";
import { Gateway } from "../../src/gateway/main.ts";
import {
  addUser,
  CHEAP_PHC,
  recordingLog,
  temporaryFolder,
} from "./gateway.ts";
import { handshake, type WatchResult } from "./handshake.ts";
import { JanusServer, type JanusServerOptions } from "./janus_server.ts";

/** The password of every test user. */
export const PASSWORD = "correct horse";

/** What a test wants to be different. */
export interface RunningGatewayOptions {
  readonly cameras?: readonly string[];
  readonly users?: Readonly<Record<string, readonly Grant[]>>;
  readonly config?: Partial<Config>;
  readonly janus?: JanusServerOptions;
  readonly demo?: boolean;
  readonly now?: () => number;
  /** One beat in milliseconds, to make time go faster. */
  readonly tickMs?: number;
}

/** A camera of the upstream `janus`. */
export function testCamera(name: string): CameraConfig {
  return {
    name: name as Name,
    title: `Camera ${name}`,
    upstream: "janus" as Name,
    plugin: "janus.plugin.ustreamer",
    id: name,
    sink: undefined,
    packetSizeMax: 1200,
  };
}

/** A handover for a gateway in front of one Janus. */
export function testHandover(
  { stateDir, janusUrl, options }: {
    stateDir: string;
    janusUrl: string;
    options: RunningGatewayOptions;
  },
): GatewayHandover {
  const { cameras = ["front", "back"], config = {}, demo = false } = options;
  return {
    engine: undefined,
    demo,
    config: {
      ...defaultConfig(),
      listen: { hostname: "127.0.0.1", port: 0 },
      stateDir,
      logLevel: "debug",
      cameras: cameras.map(testCamera),
      upstreams: [{
        name: "janus" as Name,
        url: janusUrl,
        apiSecretFile: undefined,
      }],
      ...config,
    },
  };
}

/** A running gateway and what is around it. */
export class RunningGateway implements AsyncDisposable {
  private constructor(
    readonly gateway: Gateway,
    readonly janus: JanusServer,
    readonly stateDir: string,
    readonly logLines: readonly string[],
    private readonly handover: GatewayHandover,
    private readonly around: AsyncDisposableStack,
  ) {}

  static async start(
    options: RunningGatewayOptions = {},
  ): Promise<RunningGateway> {
    await using around = new AsyncDisposableStack();
    const folder = around.use(await temporaryFolder());
    const stateDir = folder.path;
    const janus = around.use(await JanusServer.start(options.janus));
    const { log, lines } = recordingLog();
    for (const [name, grants] of Object.entries(options.users ?? {})) {
      await addUser(stateDir, { name, password: CHEAP_PHC, grants });
    }
    const handover = testHandover({ stateDir, janusUrl: janus.url, options });
    const { tickMs, now = Date.now } = options;
    const gateway = around.use(
      await Gateway.start(handover, { log, now, ...tickMs && { tickMs } }),
    );
    return new RunningGateway(
      gateway,
      janus,
      stateDir,
      lines,
      handover,
      around.move(),
    );
  }

  /** Another gateway that takes over from one, with all that is around it. */
  static async succeed(before: RunningGateway): Promise<RunningGateway> {
    await using around = new AsyncDisposableStack();
    const { log, lines } = recordingLog();
    const { janus, stateDir } = before;
    const config = { ...before.config, listen: before.gateway.address };
    const handover = { ...before.handover, config, takesOver: true };
    const gateway = around.use(await Gateway.start(handover, { log }));
    return new RunningGateway(
      gateway,
      janus,
      stateDir,
      lines,
      handover,
      around.move(),
    );
  }

  /** What it was started with. */
  get config(): Config {
    return this.handover.config;
  }

  /** Tells it of another configuration: the first one, but for this. */
  configure(difference: Partial<Config>): void {
    this.gateway.obey({
      kind: "configure",
      engine: undefined,
      config: { ...this.config, ...difference },
    });
  }

  /** Where it really listens, whatever `public_url` says. */
  get url(): string {
    const { port } = this.gateway.address;
    return `http://127.0.0.1:${port}/`;
  }

  get origin(): string {
    return this.url.slice(0, -1);
  }

  /** Requests without following redirects; the body is read. */
  async request(
    path: string,
    { method = "GET", headers = {}, json, body }: {
      method?: string;
      headers?: Record<string, string>;
      json?: unknown;
      body?: string;
    } = {},
  ): Promise<{ status: number; headers: Headers; text: string }> {
    const response = await fetch(this.url + path.replace(/^\//, ""), {
      method,
      redirect: "manual",
      headers: {
        ...json === undefined ? {} : { "content-type": "application/json" },
        ...headers,
      },
      ...body === undefined && json === undefined
        ? {}
        : { body: body ?? JSON.stringify(json) },
    });
    const { status } = response;
    return { status, headers: response.headers, text: await response.text() };
  }

  /** Signs in; returns the header that carries the session. */
  async signIn(user: string): Promise<{ cookie: string }> {
    const { status, headers } = await this.request("api/login", {
      method: "POST",
      headers: { origin: this.origin },
      json: { user, password: PASSWORD },
    });
    const [cookie = ""] = (headers.get("set-cookie") ?? "").split(";");
    if (status !== 204) throw new Error(`${user} cannot sign in: ${status}`);
    return { cookie };
  }

  /** A token, as the command line makes it. */
  async issueToken(
    user: string,
    scope: readonly Grant[],
  ): Promise<{ headers: { authorization: string }; id: string }> {
    const { tokens, users } = await this.openState();
    const found = users.find(user);
    if (found === undefined) throw new Error(`no user ${user}`);
    const { token, record } = await tokens.issue({
      user: found,
      scope,
      ageMaxMs: 3_600_000,
    });
    await this.gateway.auth.review();
    const headers = { authorization: `Bearer ${token}` };
    return { headers, id: record.id };
  }

  /** The state folder as another process sees it. */
  async openState(): Promise<{ users: Users; tokens: Tokens }> {
    const { stateDir } = this;
    return {
      users: await Users.open(stateDir),
      tokens: await Tokens.open({ stateDir, now: Date.now }),
    };
  }

  /** Tries a WebSocket: it opens, or is refused with a status. */
  watch(
    path: string,
    headers: Record<string, string> = {},
  ): Promise<WatchResult> {
    const url = this.url.replace("http", "ws") + path.replace(/^\//, "");
    return handshake(url, headers);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.around[Symbol.asyncDispose]();
  }
}

/**
 * Debian's real Janus with nothing but our plugin, on loopback, and a client
 * of its API. Packages: janus, janus-dev, wabt, gcc, libglib2.0-dev,
 * libjansson-dev, pkg-config.
 *
 * @module
 */

import { fromFileUrl, join } from "@std/path";
import type { Candidate, Jsep } from "../../src/janus/message.ts";
import { TestProcess } from "./process.ts";

const PLUGIN_FOLDER = fromFileUrl(new URL("../../plugin-c/", import.meta.url));
const LIBRARY = "libjanus_nalgate.so";
const JANUS_FOLDER = `/usr/lib/${Deno.build.arch}-linux-gnu/janus`;
const WAIT_MS = 60_000;

/** Runs make in plugin-c; fails with its output. */
export async function makePlugin(...targets: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("make", {
    args: ["-s", "-C", PLUGIN_FOLDER, ...targets],
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  const text = decoder.decode(stdout) + decoder.decode(stderr);
  if (!success) throw new Error(`make ${targets.join(" ")}: ${text}`);
  return text;
}

/** Where make puts the plugin. */
export const PLUGIN_PATH = join(PLUGIN_FOLDER, "build", LIBRARY);

/** How to start Janus. */
export interface PluginJanusOptions {
  /** The text of janus.plugin.ustreamer.jcfg. */
  readonly config: string;
  /** A command in front of Janus's own, such as valgrind's. */
  readonly wrapper?: readonly string[];
}

/** A Janus that serves our plugin until it is disposed of. */
export class PluginJanus implements AsyncDisposable {
  readonly process: TestProcess;
  readonly url: string;
  readonly #folder: string;

  static async start(options: PluginJanusOptions): Promise<PluginJanus> {
    await makePlugin("all");
    const folder = await Deno.makeTempDir({ prefix: "nalgate-plugin-" });
    const port = freePort();
    await writeConfigs(folder, { port, config: options.config });
    const [command = "", ...args] = [
      ...(options.wrapper ?? []),
      "janus",
      "--configs-folder",
      folder,
      "--disable-colors",
    ];
    const process = new TestProcess({ command, args });
    const janus = new PluginJanus(process, { folder, port });
    try {
      await janus.#listening(port);
    } catch (error) {
      await janus[Symbol.asyncDispose]();
      throw error;
    }
    return janus;
  }

  private constructor(
    process: TestProcess,
    { folder, port }: { folder: string; port: number },
  ) {
    this.process = process;
    this.url = `ws://127.0.0.1:${port}/`;
    this.#folder = folder;
  }

  /** What it has logged. */
  get log(): string {
    return this.process.stdout + this.process.stderr;
  }

  /** Ends it as a service manager does, and waits. */
  async stop(): Promise<Deno.CommandStatus> {
    this.process.kill("SIGTERM");
    return await this.process.exit();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
    await Deno.remove(this.#folder, { recursive: true });
  }

  async #listening(port: number): Promise<void> {
    const endMs = Date.now() + WAIT_MS;
    while (Date.now() < endMs) {
      try {
        (await Deno.connect({ hostname: "127.0.0.1", port })).close();
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    throw new Error(`Janus does not listen: ${this.log}`);
  }
}

async function writeConfigs(
  folder: string,
  { port, config }: { port: number; config: string },
): Promise<void> {
  // A folder of its own: Janus loads all that it finds.
  const plugins = join(folder, "plugins");
  await Deno.mkdir(plugins);
  await Deno.copyFile(PLUGIN_PATH, join(plugins, LIBRARY));
  const transports = join(folder, "transports");
  await Deno.mkdir(transports);
  const websockets = "libjanus_websockets.so";
  await Deno.symlink(
    join(JANUS_FOLDER, "transports", websockets),
    join(transports, websockets),
  );
  const files = {
    "janus.jcfg": `general: {
  plugins_folder = "${plugins}"
  transports_folder = "${transports}"
  debug_level = 4
  admin_secret = "${crypto.randomUUID()}"
}
nat: {
  ice_enforce_list = "lo"
  ice_ignore_list = "vmnet"
}
`,
    "janus.transport.websockets.jcfg": `general: {
  ws = true
  ws_port = ${port}
  ws_ip = "127.0.0.1"
}
`,
    "janus.plugin.ustreamer.jcfg": config,
  };
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(join(folder, name), text);
  }
}

/** A port that was free a moment ago: Janus cannot be given port 0. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** A message of Janus; fields as they stand on the wire. */
export interface JanusMessage {
  readonly janus: string;
  readonly transaction?: string;
  readonly sender?: number;
  readonly data?: { readonly id: number };
  readonly plugindata?: { readonly data: Record<string, unknown> };
  readonly jsep?: Jsep;
  readonly [field: string]: unknown;
}

/** A client's session on its own socket. */
export class JanusSession implements AsyncDisposable {
  readonly #socket: WebSocket;
  readonly #waiting = new Set<(message: JanusMessage) => void>();
  #id: number | undefined;
  #count = 0;

  static async open(url: string): Promise<JanusSession> {
    const socket = new WebSocket(url, "janus-protocol");
    await new Promise<void>((resolve, reject) => {
      socket.onopen = () => resolve();
      socket.onerror = () => reject(new Error(`cannot open ${url}`));
    });
    const session = new JanusSession(socket);
    session.#id = (await session.request({ janus: "create" })).data?.id;
    return session;
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data) as JanusMessage;
      for (const listener of this.#waiting) listener(message);
    };
  }

  /** Attaches to the plugin; the handle's id. */
  async attach(): Promise<number> {
    const { data } = await this.request({
      janus: "attach",
      plugin: "janus.plugin.ustreamer",
    });
    if (data === undefined) throw new Error("cannot attach");
    return data.id;
  }

  /** Sends a request and waits for what answers it, acks aside. */
  request(request: Record<string, unknown>): Promise<JanusMessage> {
    const transaction = `t${++this.#count}`;
    const answer = this.next((message) =>
      message.transaction === transaction && message.janus !== "ack"
    );
    this.send({ ...request, transaction });
    return answer;
  }

  /** Sends a plugin message and waits for its event. */
  async message(
    handle: number,
    body: Record<string, unknown>,
    jsep?: Jsep,
  ): Promise<{ data: Record<string, unknown>; jsep: Jsep | undefined }> {
    const answer = await this.request({
      janus: "message",
      handle_id: handle,
      body,
      ...(jsep !== undefined && { jsep }),
    });
    return { data: answer.plugindata?.data ?? {}, jsep: answer.jsep };
  }

  /** Sends what has no answer but an ack, or an answer nobody waits for. */
  send(request: Record<string, unknown>): void {
    this.#socket.send(JSON.stringify({
      transaction: `t${++this.#count}`,
      ...(this.#id !== undefined && { session_id: this.#id }),
      ...request,
    }));
  }

  /** The next message of which something is true. */
  next(wanted: (message: JanusMessage) => boolean): Promise<JanusMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<JanusMessage>();
    const timer = setTimeout(() => finish(undefined), WAIT_MS);
    const listener = (message: JanusMessage) => {
      if (wanted(message)) finish(message);
    };
    const finish = (message: JanusMessage | undefined) => {
      clearTimeout(timer);
      this.#waiting.delete(listener);
      if (message === undefined) reject(new Error("no answer"));
      else resolve(message);
    };
    this.#waiting.add(listener);
    return promise;
  }

  trickle(handle: number, candidate: Candidate): void {
    this.send({ janus: "trickle", handle_id: handle, candidate });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    await this.request({ janus: "destroy" });
    const closed = new Promise((resolve) => this.#socket.onclose = resolve);
    this.#socket.close();
    await closed;
  }
}

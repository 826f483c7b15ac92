/**
 * Debian's real Janus on loopback, with a configs folder of its own: no HTTP,
 * no admin API, and only the plugins that a test names.
 *
 * @module
 */

import { join } from "@std/path";

/** How to start it. */
export interface DebianJanusOptions {
  /** A restarted one takes the port of the one before. */
  readonly port?: number;
  /** And its secret: whoever dials again may be quicker than the test. */
  readonly apiSecret?: string;
  /** Files of the plugins folder to load. */
  readonly plugins?: readonly string[];
  readonly pluginsFolder?: string;
  /** More files of the configs folder, by name. */
  readonly configs?: Readonly<Record<string, string>>;
}

const LIBRARY = `/usr/lib/${Deno.build.arch}-linux-gnu/janus`;
/** It opens plugins and certificates first. */
const START_TIMEOUT_MS = 15_000;

/** Runs until disposed of. */
export class DebianJanus implements AsyncDisposable {
  readonly apiSecret: string;
  readonly port: number;
  readonly #child: Deno.ChildProcess;
  readonly #folder: string;

  static async start(options: DebianJanusOptions = {}): Promise<DebianJanus> {
    const port = options.port ?? freePort();
    const apiSecret = options.apiSecret ?? crypto.randomUUID();
    const folder = await Deno.makeTempDir({ prefix: "nalgate-janus-" });
    const files = configs({ ...options, port, apiSecret });
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(join(folder, name), text);
    }
    const child = new Deno.Command("janus", {
      args: ["--configs-folder", folder, "--disable-colors"],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const janus = new DebianJanus(child, { folder, port, apiSecret });
    try {
      await janus.#listening();
    } catch (error) {
      await janus[Symbol.asyncDispose]();
      throw error;
    }
    return janus;
  }

  private constructor(
    child: Deno.ChildProcess,
    parts: { folder: string; port: number; apiSecret: string },
  ) {
    this.#child = child;
    this.#folder = parts.folder;
    this.port = parts.port;
    this.apiSecret = parts.apiSecret;
  }

  get pid(): number {
    return this.#child.pid;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}/`;
  }

  /** Stops it where it stands, as a hung one does; `SIGCONT` goes on. */
  signal(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await this.#child.status;
    await Deno.remove(this.#folder, { recursive: true });
  }

  async #listening(): Promise<void> {
    const start = Date.now();
    while (Date.now() - start < START_TIMEOUT_MS) {
      try {
        const { port } = this;
        (await Deno.connect({ hostname: "127.0.0.1", port })).close();
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
    throw new Error("Cannot start janus: its port stays closed");
  }
}

function configs(
  options: DebianJanusOptions & { port: number; apiSecret: string },
): Record<string, string> {
  const { port, apiSecret } = options;
  const folder = options.pluginsFolder ?? `${LIBRARY}/plugins`;
  const wanted = options.plugins ?? ["libjanus_echotest.so"];
  return {
    "janus.jcfg": `general: {
  plugins_folder = "${folder}"
  transports_folder = "${LIBRARY}/transports"
  debug_level = 3
  api_secret = "${apiSecret}"
  admin_secret = "${crypto.randomUUID()}"
}
nat: { ignore_mdns = true }
plugins: { disable = "${others(folder, wanted)}" }
transports: {
  disable = "${others(`${LIBRARY}/transports`, ["libjanus_websockets.so"])}"
}
events: { broadcast = false }
`,
    "janus.transport.websockets.jcfg": `general: {
  ws = true
  ws_port = ${port}
  ws_ip = "127.0.0.1"
  wss = false
}
admin: { admin_ws = false }
`,
    ...options.configs,
  };
}

/** Everything of a folder that is not wanted, as Janus lists it. */
function others(folder: string, wanted: readonly string[]): string {
  return [...Deno.readDirSync(folder)]
    .map(({ name }) => name)
    .filter((name) => name.endsWith(".so") && !wanted.includes(name))
    .join(",");
}

/** A port that was free a moment ago: Janus cannot be given port 0. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

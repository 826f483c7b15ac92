/**
 * Debian's real Janus with nothing but our plugin, on loopback. Packages: janus, janus-dev, wabt, gcc, libglib2.0-dev,
 * libjansson-dev, pkg-config.
 *
 * @module
 */

import { fromFileUrl, join } from "@std/path";
import { TestProcess } from "./process.ts";

/** Where the plugin's sources are. */
export const PLUGIN_FOLDER = fromFileUrl(
  new URL("../../plugin-c/", import.meta.url),
);
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
# Janus 1.1 never uses the loopback interface for media, so packets go over
# this machine's own address; no STUN server is asked.
nat: { ignore_mdns = true }
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

/**
 * A Janus of ours: its folder, its port, its secret, and how to start it.
 *
 * @module
 */

import { join } from "@std/path";
import type { Config, JanusConfig, UpstreamConfig } from "../config/config.ts";
import { isOld, OLD_JANUS } from "../janus/version.ts";
import { JANUS_PORT_MAX, JANUS_PORT_MIN } from "../limits.ts";
import type { Logger } from "../log.ts";
import type { Program } from "./child.ts";
import { JANUS_FOLDERS, janusConfigs, randomSecret } from "./janus_configs.ts";
import type { JanusInstall } from "./janus_install.ts";
import { factIn, logLine } from "./janus_log.ts";
import { janusFolder } from "./permissions.ts";

/** What a Janus of ours is made from. */
export interface SpawnedJanusOptions {
  readonly janus: JanusConfig;
  readonly config: Config;
  readonly install: JanusInstall;
  readonly log: Logger;
}

/** One Janus that the supervisor keeps running. */
export class SpawnedJanus {
  #options: SpawnedJanusOptions;
  readonly #folder: string;
  readonly #log: Logger;
  #port = randomPort();
  #portTaken = false;
  #saidOld = false;

  constructor(options: SpawnedJanusOptions) {
    const { janus, config, log } = options;
    this.#options = options;
    this.#folder = join(janusFolder(config), janus.name);
    this.#log = log.module(`janus ${janus.name}`);
  }

  /** How the gateway reaches it: as any other Janus. */
  get upstream(): UpstreamConfig {
    return {
      name: this.#options.janus.name,
      url: `ws://127.0.0.1:${this.#port}/`,
      apiSecretFile: join(this.#folder, "api_secret"),
    };
  }

  /** Takes another configuration, for its next start. */
  configure(options: Omit<SpawnedJanusOptions, "log">): void {
    this.#options = { ...this.#options, ...options };
  }

  /** Writes its folder anew, with a secret of this start. */
  async program(): Promise<Program> {
    this.#portTaken = false;
    await this.#writeFolder();
    const { install, janus, config } = this.#options;
    const { setpriv, janus: command } = install;
    const stun = config.engine.iceServers
      .find(({ url }) => url.startsWith("stun:"));
    return {
      name: `janus ${janus.name}`,
      // It reads no standard input, whose end tells our other children that
      // we are gone; so the kernel has to.
      command: setpriv,
      args: [
        ...["--pdeathsig", "KILL", "--no-new-privs"],
        ...[command, "--configs-folder", this.#folder, "--disable-colors"],
      ],
      // What the plugin's `features` names, as the engine's do.
      env: stun === undefined ? {} : { JANUS_USTREAMER_WEB_ICE_URL: stun.url },
      onLine: (line) => this.#read(line),
    };
  }

  /** After a start that failed: whether it will be elsewhere at the next. */
  moves(): boolean {
    if (this.#portTaken) this.#port = randomPort();
    return this.#portTaken;
  }

  async #writeFolder(): Promise<void> {
    const { config, janus, install } = this.#options;
    const apiSecret = randomSecret();
    const files = janusConfigs({
      folder: this.#folder,
      port: this.#port,
      apiSecret,
      cameras: config.cameras.filter(({ upstream }) => upstream === janus.name),
      udpPorts: janus.udpPorts,
      engine: config.engine,
      readSecret: (file) => Deno.readTextFileSync(file).trim(),
    });
    await Deno.remove(this.#folder, { recursive: true }).catch(ifAbsent);
    await Deno.mkdir(this.#folder, { recursive: true, mode: 0o700 });
    for (const name of JANUS_FOLDERS) await Deno.mkdir(this.#in(name));
    await Deno.symlink(install.plugin, this.#in("plugins/nalgate.so"));
    await Deno.symlink(install.transport, this.#in("transports/ws.so"));
    for (
      const [name, text] of Object.entries({
        ...files,
        "api_secret": apiSecret,
      })
    ) {
      await Deno.writeTextFile(this.#in(name), text, { mode: 0o600 });
    }
  }

  #in(name: string): string {
    return join(this.#folder, name);
  }

  /** True once it serves. */
  #read(line: string): boolean {
    logLine(this.#log, line);
    const fact = factIn(line);
    if (fact?.kind === "version") this.#versioned(fact.version);
    if (fact?.kind === "port taken") this.#portTaken = true;
    return fact?.kind === "serves";
  }

  #versioned(version: string): void {
    this.#log.info("janus", { version });
    if (this.#saidOld || !isOld(version)) return;
    this.#saidOld = true;
    this.#log.warn(OLD_JANUS, { version });
  }
}

/** Below the ports that Linux gives to outgoing connections. */
function randomPort(): number {
  const count = JANUS_PORT_MAX - JANUS_PORT_MIN + 1;
  return JANUS_PORT_MIN + Math.floor(Math.random() * count);
}

function ifAbsent(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

/**
 * A real engine process, started as the supervisor does: the same program,
 * the same permissions, the handover on its standard input.
 *
 * @module
 */

import type {
  CameraConfig,
  Config,
  EngineConfig,
  Name,
} from "../../src/config/config.ts";
import { defaultConfig } from "../../src/config/parse.ts";
import type { EngineHandover, EngineOrder } from "../../src/config/handover.ts";
import { enginePermissions } from "../../src/supervisor/permissions.ts";
import { ownProgram } from "../../src/supervisor/programs.ts";
import { TestProcess } from "./process.ts";

/** What a test wants to be different. */
export interface TestEngineOptions {
  /** Sink names by camera id, in order. */
  readonly cameras: Readonly<Record<string, string>>;
  readonly engine?: Partial<EngineConfig>;
  readonly port?: number;
  readonly packetSizeMax?: number;
}

function engineCameras(
  sinks: TestEngineOptions["cameras"],
  packetSizeMax = 1200,
): CameraConfig[] {
  return Object.entries(sinks).map(([name, sink]) => ({
    name: name as Name,
    title: name,
    upstream: "engine",
    plugin: "janus.plugin.ustreamer",
    id: undefined,
    sink,
    packetSizeMax,
  }));
}

/** Starts the process without waiting for what it says. */
export function spawnEngine(options: TestEngineOptions): {
  readonly process: TestProcess;
  readonly apiSecret: string;
} {
  const apiSecret = crypto.randomUUID();
  const { port = 0, packetSizeMax = 1200 } = options;
  const engine: EngineConfig = {
    udpPort: undefined,
    addresses: ["127.0.0.1"],
    iceServers: [],
    ...options.engine,
  };
  const cameras = engineCameras(options.cameras, packetSizeMax);
  const handover: EngineHandover = {
    apiSecret,
    port,
    logLevel: "debug",
    cameras,
    engine,
  };
  const config: Config = { ...defaultConfig(), cameras, engine };
  const program = ownProgram({
    name: "engine",
    permissions: enginePermissions(config, port),
    handover,
    env: Deno.env.get,
  });
  const { command, args, env } = program;
  const process = new TestProcess({ command, args, env });
  // One that refuses to start breaks the pipe; its exit says why.
  process.write(JSON.stringify(handover) + "\n").catch(() => {});
  return { process, apiSecret };
}

/** An engine that serves. */
export class TestEngine implements AsyncDisposable {
  private constructor(
    readonly process: TestProcess,
    readonly url: string,
    readonly apiSecret: string,
  ) {}

  static async start(options: TestEngineOptions): Promise<TestEngine> {
    const { process, apiSecret } = spawnEngine(options);
    const [, url = ""] = await process.output("stdout", /"url":"([^"]+)"/);
    return new TestEngine(process, url, apiSecret);
  }

  /** Tells it of other cameras, as the supervisor does. */
  async configure(
    sinks: TestEngineOptions["cameras"],
    packetSizeMax?: number,
  ): Promise<void> {
    const cameras = engineCameras(sinks, packetSizeMax);
    const order: EngineOrder = { cameras, logLevel: "debug" };
    await this.process.write(JSON.stringify(order) + "\n");
  }

  /** Ends it as the supervisor does, and gives its exit code. */
  async stop(): Promise<number> {
    this.process.kill("SIGTERM");
    return (await this.process.exit()).code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
  }
}

import { fromFileUrl, join } from "@std/path";
import type { CameraConfig, Config, Name } from "../config/config.ts";
import type { GatewayReady } from "../config/handover.ts";
import { defaultConfig } from "../config/parse.ts";
import { PACKET_SIZE_DEFAULT } from "../limits.ts";
import { USTREAMER_PLUGIN } from "../janus/message.ts";
import type { Program } from "../supervisor/child.ts";
import { feedPermissions } from "../supervisor/permissions.ts";
import { ownProgram } from "../supervisor/programs.ts";
import { supervise } from "../supervisor/run.ts";
import { type Command, type Context, EXIT, UsageError } from "./command.ts";
import type { DemoFeedHandover } from "./demo_feed.ts";
import { parseFlags } from "./flags.ts";

const PORT_DEFAULT = 8080;

/** The demo's cameras, each with a clip of the same name. */
const CAMERAS = [
  { name: "front" as Name, title: "Front door" },
  { name: "bench" as Name, title: "Workbench" },
];

/** `nalgate demo`: two moving cameras on this machine. */
export const demoCommand: Command = {
  summary: "two moving cameras on this machine, no configuration",
  help: `Usage: nalgate demo [--port PORT]

Plays two short clips into shared memory, as µStreamer would, and serves them
on 127.0.0.1. Open the printed link in a browser of this machine; it works
once. Ctrl-C ends everything and leaves nothing behind.

  --port PORT   default: ${PORT_DEFAULT}, or the next that is free

Example:
  nalgate demo
`,
  run: async (args, context) => {
    const flags = parseFlags(args, { string: ["port"] });
    const port = parsePort(flags.string("port"));
    if (Deno.build.os !== "linux") {
      context.stderr(
        "nalgate demo: needs Linux, where cameras hand over their pictures " +
          "in POSIX shared memory\n",
      );
      return EXIT.failed;
    }
    const stateDir = await Deno.makeTempDir({ prefix: "nalgate-demo-" });
    try {
      return await runDemo({ port, stateDir }, context);
    } finally {
      await Deno.remove(stateDir, { recursive: true });
    }
  },
};

async function runDemo(
  { port, stateDir }: { port: number | undefined; stateDir: string },
  { env, logger, stdout }: Context,
): Promise<number> {
  const cameras = CAMERAS.map(({ name, title }) => demoCamera(name, title));
  const logLevel = "warn";
  const config: Config = {
    ...defaultConfig(),
    listen: { hostname: "127.0.0.1", port: port ?? PORT_DEFAULT },
    stateDir,
    logLevel,
    cameras,
    engine: {
      udpPort: undefined,
      addresses: ownAddresses(),
      iceServers: [],
    },
  };
  return await supervise({
    config,
    login: true,
    anyPort: port === undefined,
    others: cameras.map((camera) => feedProgram(camera, env)),
    onReady: (answer) => stdout(greeting(answer)),
    env,
    log: logger("supervisor", logLevel),
  });
}

/**
 * Loopback works without a network, but not in Firefox, which reaches no
 * loopback address from another; the machine's own addresses do.
 */
function ownAddresses(): string[] {
  const others = Deno.networkInterfaces()
    .filter(({ family, address }) =>
      family === "IPv4" && !address.startsWith("127.")
    )
    .map(({ address }) => address);
  return ["127.0.0.1", ...others];
}

function parsePort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (port >= 0 && port <= 65535) return port;
  throw new UsageError(`--port is "${text}", expected 0–65535`);
}

function demoCamera(name: Name, title: string): CameraConfig {
  return {
    name,
    title,
    upstream: "engine",
    plugin: USTREAMER_PLUGIN,
    id: name,
    // Two demos on one machine must not write into each other's sinks.
    sink: `nalgate-demo-${Deno.pid}::${name}::h264`,
    packetSizeMax: PACKET_SIZE_DEFAULT,
  };
}

function feedProgram(
  { name, sink = "" }: CameraConfig,
  env: Context["env"],
): Program {
  const clips = fromFileUrl(new URL("./demo_clips/", import.meta.url));
  const clip = join(clips, `${name}.h264`);
  return ownProgram({
    name: "demo-feed",
    permissions: feedPermissions(clip),
    handover: { clip, sink } satisfies DemoFeedHandover,
    env,
  });
}

function greeting({ link }: GatewayReady): string {
  return `
  Two cameras are live. Open this link; it works once:

    ${link}

  Ctrl-C ends the demo.

`;
}

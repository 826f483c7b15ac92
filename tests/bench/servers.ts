/**
 * What is measured: the engine as the supervisor starts it, and Debian's
 * Janus with its own streaming plugin; each with the camera that feeds it.
 *
 * @module
 */

import { fromFileUrl } from "@std/path";
import { PACKET_SIZE_DEFAULT } from "../../src/limits.ts";
import { DebianJanus } from "../support/janus_debian.ts";
import { TestEngine } from "../support/engine.ts";
import { sinkName } from "../support/sink.ts";

/** A running media server with a camera. */
export interface Server extends AsyncDisposable {
  readonly pid: number;
  readonly url: string;
  readonly apiSecret: string;
  readonly plugin: string;
  /** The body of `watch`. */
  readonly watch: Readonly<Record<string, unknown>>;
}

/** Starts a server that shows a clip. */
export type StartServer = (clip: string) => Promise<Server>;

/** The built-in engine, fed through a memory sink. */
export const startEngine: StartServer = async (clip) => {
  const sink = sinkName();
  await using undo = new AsyncDisposableStack();
  undo.use(startCamera([clip, "sink", sink]));
  const engine = undo.use(
    await TestEngine.start({
      cameras: { bench: sink },
      // Those of the machine: Janus has no candidates on loopback.
      engine: { addresses: [] },
      packetSizeMax: PACKET_SIZE_DEFAULT,
    }),
  );
  const { process: { pid }, url, apiSecret } = engine;
  const plugin = "janus.plugin.ustreamer";
  const watch = { request: "watch" };
  return { pid, url, apiSecret, plugin, watch, ...owner(undo) };
};

/** The reference: Janus's streaming plugin, fed by RTP on loopback. */
export const startJanusStreaming: StartServer = async (clip) => {
  const port = freeUdpPort();
  await using undo = new AsyncDisposableStack();
  const janus = undo.use(
    await DebianJanus.start({
      plugins: ["libjanus_streaming.so"],
      configs: { "janus.plugin.streaming.jcfg": mountpoint(port) },
    }),
  );
  undo.use(startCamera([clip, "rtp", `${port}`]));
  const { pid, url, apiSecret } = janus;
  const plugin = "janus.plugin.streaming";
  const watch = { request: "watch", id: 1 };
  return { pid, url, apiSecret, plugin, watch, ...owner(undo) };
};

function owner(undo: AsyncDisposableStack): AsyncDisposable {
  const kept = undo.move();
  return { [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose]() };
}

function mountpoint(port: number): string {
  return `bench: {
  type = "rtp"
  id = 1
  media = ({
    type = "video"
    mid = "v"
    iface = "127.0.0.1"
    port = ${port}
    pt = 96
    codec = "h264"
    fmtp = "profile-level-id=42e01f;packetization-mode=1"
  })
}
`;
}

/** A port that was free a moment ago: Janus cannot be given port 0. */
function freeUdpPort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

const CAMERA = fromFileUrl(new URL("./camera.ts", import.meta.url));

/** Starts `camera.ts`; its standard input is what keeps it going. */
function startCamera(args: readonly string[]): AsyncDisposable {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "--no-prompt", "-P=test", CAMERA, ...args],
    stdin: "piped",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  return {
    async [Symbol.asyncDispose]() {
      await child.stdin.close().catch(() => {});
      await child.status;
    },
  };
}

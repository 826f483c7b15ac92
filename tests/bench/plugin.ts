/**
 * plugin-c in Debian's Janus against Janus's own streaming plugin: the same
 * clip in packets of the same size, the same receivers, in the same run.
 *
 * @module
 */

import { fromFileUrl, join } from "@std/path";
import { PACKET_SIZE_DEFAULT } from "../../src/limits.ts";
import { DebianJanus } from "../support/janus_debian.ts";
import { makePlugin, PLUGIN_FOLDER } from "../support/janus_plugin.ts";
import { TestProcess } from "../support/process.ts";
import { sinkName } from "../support/sink.ts";
import { compareWithStreaming } from "./compare.ts";
import type { StartServer } from "./servers.ts";

/** What the plugin sets aside of a packet for Janus's extensions and RTX. */
const ADDED_SIZE = 14;

/** Measures and prints. */
export async function benchPlugin(): Promise<void> {
  await makePlugin("all");
  await compareWithStreaming({
    name: "plugin-c",
    start: startJanusPlugin,
    viewers: [1, 20],
    seconds: 8,
  });
}

/** Our plugin alone in Janus, fed through a memory sink. */
const startJanusPlugin: StartServer = async (clip) => {
  const sink = sinkName();
  const packetSize = PACKET_SIZE_DEFAULT + ADDED_SIZE;
  await using undo = new AsyncDisposableStack();
  const camera = undo.use(program("camera.ts", clip, "sink", sink));
  // It ends with its input, and removes its sink.
  undo.defer(async () => {
    await camera.closeInput();
    await camera.exit();
  });
  const janus = undo.use(
    await DebianJanus.start({
      plugins: ["libjanus_nalgate.so"],
      pluginsFolder: join(PLUGIN_FOLDER, "build"),
      configs: {
        "janus.plugin.ustreamer.jcfg":
          `cameras: ({ id = "a", sink = "${sink}", packet_size = ${packetSize} })\n`,
      },
    }),
  );
  const { pid, url, apiSecret } = janus;
  const kept = undo.move();
  return {
    pid,
    url,
    apiSecret,
    plugin: "janus.plugin.ustreamer",
    watch: { request: "watch" },
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  };
};

/** A program of this folder, until it is disposed of. */
function program(name: string, ...args: string[]): TestProcess {
  const path = fromFileUrl(new URL(name, import.meta.url));
  return new TestProcess({
    args: ["run", "-q", "--no-prompt", "-P=test", path, ...args],
  });
}
